using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;

namespace GroupTherapy.Host.Checks;

/// <summary>How people reach the deployment: the public address, its certificate, and the media address.</summary>
public static class AddressChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(14);

    public static async Task<IReadOnlyList<Finding>> RunAsync(RunOptions options, DateTimeOffset now, CancellationToken ct)
    {
        if (options.Public is not { } address)
        {
            return
            [
                Finding.Missing("public-address", "There is no public address: only this machine can use it. Start it with --public https://your.name …"),
                .. Media(options),
            ];
        }

        var url = new Uri(address.Url);
        return [.. await PublicAsync(url, now, ct), .. Listening(address), .. Media(options)];
    }

    /// <summary>A browser's judgement of a certificate.</summary>
    /// <param name="errors">Faults of the name or the chain.</param>
    public static Finding Certificate(DateTimeOffset end, SslPolicyErrors errors, DateTimeOffset now)
    {
        var until = end.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return end <= now ? Finding.Missing("certificate", $"The certificate ended on {until}: browsers refuse it. Renew it.")
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? Finding.Missing("certificate", "The certificate is for another name: browsers refuse it. Get one for the public address.")
            : errors != SslPolicyErrors.None
                ? Finding.Missing("certificate", "The certificate is not signed by an authority that is known here: browsers refuse it. Is the chain whole?")
            : end - now < RenewBefore
                ? Finding.Missing("certificate", $"The certificate ends on {until}, in less than 14 days. Renew it, and see why that did not happen.")
            : Finding.Ok("certificate", $"The certificate is good until {until}.");
    }

    private static async Task<IReadOnlyList<Finding>> PublicAsync(Uri url, DateTimeOffset now, CancellationToken ct)
    {
        DateTimeOffset? end = null;
        var errors = SslPolicyErrors.None;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Limit);
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(url.IdnHost, url.Port, limit.Token);
            await using var tls = new SslStream(
                tcp.GetStream(),
                leaveInnerStreamOpen: false,
                (_, shown, _, found) =>
                {
                    using var certificate = new X509Certificate2(shown!);
                    (end, errors) = (certificate.NotAfter.ToUniversalTime(), found);
                    return errors == SslPolicyErrors.None;
                }
            );
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.IdnHost }, limit.Token);
            return [await ReadyAsync(tls, url, limit.Token), Certificate(end!.Value, errors, now)];
        }
        catch (AuthenticationException) when (end is not null)
        {
            return [Certificate(end.Value, errors, now)];
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain)
        {
            return [Finding.Missing("public-address", $"The name {url.Host} does not resolve from here. Make its DNS entry.")];
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return
            [
                Finding.Missing(
                    "public-address",
                    $"{url.GetLeftPart(UriPartial.Authority)} does not answer from here ({e.GetType().Name}). "
                        + "Does the proxy run, does the name lead here, is the port open?"
                ),
            ];
        }
    }

    private static async Task<Finding> ReadyAsync(SslStream tls, Uri url, CancellationToken ct)
    {
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET /health/ready HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: close\r\n\r\n"), ct);
        using var reader = new StreamReader(tls);
        var answer = await reader.ReadToEndAsync(ct);
        var name = url.GetLeftPart(UriPartial.Authority);
        return answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) && answer.Contains("\"ready\"", StringComparison.Ordinal)
            ? Finding.Ok("public-address", $"{name} leads to this deployment.")
            : Finding.Missing("public-address", $"{name} leads somewhere else, or is not ready: /health/ready answers '{answer.Split('\r')[0]}'.");
    }

    private static IEnumerable<Finding> Listening(PublicAddress address)
    {
        if (address.Certificate is null && IPAddress.TryParse(address.Listen, out var listen) && !IPAddress.IsLoopback(listen))
        {
            yield return Finding.Advice(
                "listen",
                $"The gateway listens on {address.Listen} without TLS, for a proxy elsewhere: let the firewall admit that proxy alone."
            );
        }
    }

    private static IEnumerable<Finding> Media(RunOptions options)
    {
        if (!options.WithMedia)
        {
            yield return Finding.Advice("media", "Rooms have chat alone (--no-media).");
            yield break;
        }

        yield return LoopbackShim.IsNeeded(options.Media)
            ? Finding.Missing(
                "media",
                $"Audio and video are offered on {options.Media}, which nobody else reaches. Name this machine's public address with --media ADDRESS."
            )
            : Finding.Ok("media", $"Audio and video are offered on {options.Media}.");
        yield return options.RelayTls is { } tls
            ? Finding.Ok("relay", $"The relay is reached over TLS too, as {tls.Host}:{tls.Port}.")
            : Finding.Advice("relay", "The relay is not reached over TLS: people in networks that let nothing but HTTPS through have chat alone (--turn-tls).");
    }
}
