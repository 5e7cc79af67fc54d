using System.Net;

namespace GroupTherapy.Gateway;

/// <summary>The addresses of the gateway and of the services behind it.</summary>
/// <param name="Public">The address that browsers see: <c>Public:Url</c>, or <c>Gateway:Public</c>.</param>
/// <param name="Listen">Where it listens for them: <c>Gateway:Listen</c>, or <paramref name="Public"/>.</param>
/// <param name="Internal">Where it listens for the services, which fetch its keys there: <c>Gateway:Internal</c>.</param>
/// <param name="Identity">Where people's keys and revocations come from: <c>Identity:Address</c>, or the first of <c>Services:identity</c>.</param>
/// <param name="Services">Nodes by service: <c>Services:NAME</c>.</param>
/// <param name="Origins">Pages that may use the cookie: the public address, its other loopback spelling, and <c>Gateway:Origins</c>.</param>
/// <param name="Web">The folder of the built web client: <c>Gateway:Web</c>; null serves none.</param>
/// <param name="Demo">True with demonstration data: loopback then has no rate limit per address.</param>
/// <param name="Tls">The certificate it shows: <c>Gateway:Tls</c>; null where a proxy in front terminates TLS, or without TLS.</param>
/// <param name="TrustedProxies">The proxies whose <c>X-Forwarded-For</c> is believed: <c>Gateway:TrustedProxies</c>, addresses or networks (CIDR).</param>
public sealed record GatewaySettings(
    Uri Public,
    Uri Listen,
    Uri Internal,
    Uri Identity,
    IReadOnlyDictionary<string, IReadOnlyList<Uri>> Services,
    IReadOnlySet<string> Origins,
    string? Web,
    bool Demo,
    TlsFiles? Tls,
    IReadOnlyList<IPNetwork> TrustedProxies
)
{
    /// <summary>As Identity names it.</summary>
    public const string SessionCookie = "gt_session";

    /// <summary>True when browsers reach the gateway by HTTPS, terminated here or by a proxy.</summary>
    public bool IsSecure => Public.Scheme == Uri.UriSchemeHttps;

    /// <summary>The cookie of a sign-in. Its prefix makes browsers hold it to HTTPS, this host and the path <c>/</c> (RFC 6265bis).</summary>
    public string Cookie => CookieName(SessionCookie);

    /// <summary>The services behind the gateway. Each has its own audit chain.</summary>
    public static readonly IReadOnlyList<string> ServiceNames = ["identity", "enrollment", "scheduling", "room", "notifications"];

    public static GatewaySettings Read(IConfiguration configuration)
    {
        var services = ServiceNames.ToDictionary(
            name => name,
            name => (IReadOnlyList<Uri>)[.. (configuration.GetSection($"Services:{name}").Get<string[]>() ?? []).Select(a => Address(a, $"Services:{name}"))]
        );
        var pub = Address(configuration["Public:Url"] ?? configuration["Gateway:Public"], "Public:Url");
        return new GatewaySettings(
            pub,
            configuration["Gateway:Listen"] is { Length: > 0 } listen ? Address(listen, "Gateway:Listen") : pub,
            Address(configuration["Gateway:Internal"], "Gateway:Internal"),
            configuration["Identity:Address"] is { Length: > 0 } identity ? Address(identity, "Identity:Address")
                : services["identity"].Count > 0 ? services["identity"][0]
                : throw new InvalidOperationException("Identity:Address is not set."),
            services,
            OriginsOf(pub).Concat(configuration.GetSection("Gateway:Origins").Get<string[]>() ?? []).ToHashSet(StringComparer.Ordinal),
            configuration["Gateway:Web"] is { Length: > 0 } web ? web : null,
            configuration.GetValue("Demo", false),
            configuration["Gateway:Tls:Certificate"] is { Length: > 0 } certificate
                ? new TlsFiles(certificate, configuration["Gateway:Tls:Key"] ?? throw new InvalidOperationException("Gateway:Tls:Key is not set."))
                : null,
            [.. (configuration.GetSection("Gateway:TrustedProxies").Get<string[]>() ?? []).Select(Network)]
        );
    }

    /// <summary>How browsers know a cookie that a service calls <paramref name="name"/>.</summary>
    public string CookieName(string name) => IsSecure ? $"__Host-{name}" : name;

    private static IPNetwork Network(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var one) ? new IPNetwork(one, one.GetAddressBytes().Length * 8)
        : throw new InvalidOperationException($"Gateway:TrustedProxies must hold addresses or networks like 10.0.0.0/8; '{text}' is neither.");

    private static IEnumerable<string> OriginsOf(Uri address)
    {
        yield return address.GetLeftPart(UriPartial.Authority);
        if (address.IsLoopback)
        {
            // The same listener under its other name.
            var other = address.Host == "localhost" ? "127.0.0.1" : "localhost";
            yield return new UriBuilder(address) { Host = other }.Uri.GetLeftPart(UriPartial.Authority);
        }
    }

    private static Uri Address(string? text, string setting) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/"
            ? uri
            : throw new InvalidOperationException($"{setting} must be an address like http://127.0.0.1:8080; it is '{text}'.");
}

/// <summary>A certificate with its chain, and its key, as PEM files. They are read again when they change.</summary>
public sealed record TlsFiles(string Certificate, string Key);
