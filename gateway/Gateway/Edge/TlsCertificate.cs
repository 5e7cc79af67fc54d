using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GroupTherapy.Gateway.Edge;

/// <summary>The certificate of the public listener. A renewed file counts for new connections within a minute, without a restart.</summary>
internal sealed class TlsCertificate
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private readonly TlsFiles _files;
    private readonly TimeProvider _clock;
    private readonly ILogger<TlsCertificate> _log;
    private readonly Lock _changing = new();
    private SslServerAuthenticationOptions _current;
    private DateTime _written;
    private long _lookedAt;

    /// <exception cref="InvalidOperationException">The files cannot be read or do not belong together; the message says so.</exception>
    public TlsCertificate(TlsFiles files, TimeProvider clock, ILogger<TlsCertificate> log)
    {
        (_files, _clock, _log, _lookedAt) = (files, clock, log, clock.GetTimestamp());
        try
        {
            (_written, _current) = (Written(), Load());
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            throw new InvalidOperationException($"The certificate {files.Certificate} and its key {files.Key} cannot be used: {e.Message}", e);
        }
    }

    public SslServerAuthenticationOptions Current()
    {
        if (_clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < LookEvery)
        {
            return _current;
        }

        lock (_changing)
        {
            Volatile.Write(ref _lookedAt, _clock.GetTimestamp());
            try
            {
                if (Written() is var written && written != _written)
                {
                    (_current, _written) = (Load(), written);
                    _log.LogInformation("The renewed certificate counts from now on");
                }
            }
            catch (Exception e) when (IsUnreadable(e))
            {
                // Half of a renewal is written, or it went wrong: the old certificate is better than none.
                _log.LogWarning("The certificate at {File} cannot be read now ({Kind}); the one known is shown", _files.Certificate, e.GetType().Name);
            }

            return _current;
        }
    }

    private SslServerAuthenticationOptions Load()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_files.Certificate);
        var own = X509Certificate2.CreateFromPemFile(_files.Certificate, _files.Key);
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(own, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
    }

    private DateTime Written()
    {
        var (certificate, key) = (File.GetLastWriteTimeUtc(_files.Certificate), File.GetLastWriteTimeUtc(_files.Key));
        return certificate > key ? certificate : key;
    }

    private static bool IsUnreadable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}
