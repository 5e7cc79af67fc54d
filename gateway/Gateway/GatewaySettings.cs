namespace GroupTherapy.Gateway;

/// <summary>The addresses of the gateway and of the services behind it.</summary>
/// <param name="Public">The address that browsers see: <c>Gateway:Public</c>.</param>
/// <param name="Listen">Where it listens for them: <c>Gateway:Listen</c>, or <paramref name="Public"/>.</param>
/// <param name="Internal">Where it listens for the services, which fetch its keys there: <c>Gateway:Internal</c>.</param>
/// <param name="Identity">Where people's keys and revocations come from: <c>Identity:Address</c>, or the first of <c>Services:identity</c>.</param>
/// <param name="Services">Nodes by service: <c>Services:NAME</c>.</param>
/// <param name="Origins">Pages that may use the cookie: the public address, its other loopback spelling, and <c>Gateway:Origins</c>.</param>
/// <param name="Web">The folder of the built web client: <c>Gateway:Web</c>; null serves none.</param>
/// <param name="Demo">True with demonstration data: loopback then has no rate limit per address.</param>
public sealed record GatewaySettings(
    Uri Public, Uri Listen, Uri Internal, Uri Identity, IReadOnlyDictionary<string, IReadOnlyList<Uri>> Services, IReadOnlySet<string> Origins, string? Web,
    bool Demo)
{
    /// <summary>The services behind the gateway. Each has its own audit chain.</summary>
    public static readonly IReadOnlyList<string> ServiceNames = ["identity", "enrollment", "scheduling", "room", "notifications"];

    public static GatewaySettings Read(IConfiguration configuration)
    {
        var services = ServiceNames.ToDictionary(
            name => name,
            name => (IReadOnlyList<Uri>)[.. (configuration.GetSection($"Services:{name}").Get<string[]>() ?? []).Select(a => Address(a, $"Services:{name}"))]);
        var pub = Address(configuration["Gateway:Public"], "Gateway:Public");
        return new GatewaySettings(
            pub,
            configuration["Gateway:Listen"] is { Length: > 0 } listen ? Address(listen, "Gateway:Listen") : pub,
            Address(configuration["Gateway:Internal"], "Gateway:Internal"),
            configuration["Identity:Address"] is { Length: > 0 } identity ? Address(identity, "Identity:Address")
                : services["identity"].Count > 0 ? services["identity"][0] : throw new InvalidOperationException("Identity:Address is not set."),
            services,
            OriginsOf(pub).Concat(configuration.GetSection("Gateway:Origins").Get<string[]>() ?? []).ToHashSet(StringComparer.Ordinal),
            configuration["Gateway:Web"] is { Length: > 0 } web ? web : null,
            configuration.GetValue("Demo", false));
    }

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
            ? uri : throw new InvalidOperationException($"{setting} must be an address like http://127.0.0.1:8080; it is '{text}'.");
}
