using System.Collections.Frozen;
using System.Net.Http.Json;
using System.Security.Cryptography;
using GroupTherapy.Platform.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Polly;

namespace GroupTherapy.Platform.Security;

/// <summary>
/// Public keys of an issuer, fetched from where it publishes them and kept while it is away. An unknown key id asks once more,
/// at most once a second however many tokens name it, and no header of a token ever chooses the address.
/// </summary>
public sealed class KeyRing : IDisposable
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AskAtMostEvery = TimeSpan.FromSeconds(1);
    private readonly IReadOnlyList<Uri> _sources;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _calls;
    private readonly SemaphoreSlim _single = new(1, 1);
    private readonly Dictionary<Uri, IReadOnlyList<PublicKey>> _bySource = [];
    private FrozenDictionary<string, SecurityKey> _keys = FrozenDictionary<string, SecurityKey>.Empty;
    private long _askedAt;
    private bool _asked;
    private bool _isIncomplete;

    public KeyRing(IReadOnlyList<Uri> sources, TimeProvider clock, ILogger log, HttpMessageHandler? handler = null)
    {
        (_sources, _clock, _log) = (sources, clock, log);
        _http = handler is null ? new HttpClient() : new HttpClient(handler, false);
        _calls = Outbound.Pipeline("key-ring", TimeSpan.FromSeconds(2));
    }

    /// <summary>A ring that holds exactly these keys; for an issuer in the same process.</summary>
    public static KeyRing Of(TokenSigner signer, TimeProvider clock, ILogger log)
    {
        var ring = new KeyRing([], clock, log) { _local = signer };
        return ring;
    }

    private TokenSigner? _local;

    /// <summary>False until the first key set was read: until then no token can be checked.</summary>
    public bool HasKeys => _local is not null || _keys.Count > 0;

    /// <returns>The key, or null when the issuer has no such key.</returns>
    /// <exception cref="TimeoutException">The key is not known, and the issuer could not be asked: the token cannot be checked.</exception>
    public async ValueTask<SecurityKey?> FindAsync(string? kid, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(kid))
        {
            return null;
        }

        if (_local is { } local)
        {
            return local.Published().Keys.Where(k => k.Kid == kid).Select(ToSecurityKey).FirstOrDefault();
        }

        if (_keys.TryGetValue(kid, out var known) && _clock.GetElapsedTime(Volatile.Read(ref _askedAt)) < FreshFor)
        {
            return known;
        }

        await _single.WaitAsync(ct);
        try
        {
            if (!_asked || _clock.GetElapsedTime(_askedAt) >= (_keys.ContainsKey(kid) ? FreshFor : AskAtMostEvery))
            {
                // One request serves every caller that waits: cancelling one caller must not cancel the others' answer.
                await AskAsync();
            }
        }
        finally
        {
            _single.Release();
        }

        return _keys.GetValueOrDefault(kid) ?? (_isIncomplete ? throw new TimeoutException("The keys of an issuer cannot be read now.") : null);
    }

    private async Task AskAsync()
    {
        Volatile.Write(ref _askedAt, _clock.GetTimestamp());
        (_asked, var incomplete) = (true, false);
        foreach (var source in _sources)
        {
            try
            {
                var set = await _calls.ExecuteAsync(async token => await _http.GetFromJsonAsync<PublicKeySet>(source, token));
                _bySource[source] = set?.Keys ?? [];
            }
            catch (Exception e)
            {
                incomplete = true;
                _log.LogWarning("Keys at {Source} cannot be read now ({Kind}); those known stay in force", source, e.GetType().Name);
            }
        }

        _isIncomplete = incomplete;
        _keys = _bySource
            .Values.SelectMany(k => k)
            .Where(k => k is { Kty: "EC", Crv: "P-256" })
            .DistinctBy(k => k.Kid)
            .ToFrozenDictionary(k => k.Kid, ToSecurityKey);
    }

    private static SecurityKey ToSecurityKey(PublicKey key) =>
        new ECDsaSecurityKey(
            ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
                }
            )
        )
        {
            KeyId = key.Kid,
        };

    public void Dispose()
    {
        _http.Dispose();
        _single.Dispose();
    }
}
