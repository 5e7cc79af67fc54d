using System.Net;
using GroupTherapy.Host.Options;

namespace GroupTherapy.Host.Cli;

/// <summary>The options of <c>up</c> that put a deployment on the internet, and the rules between them.</summary>
internal sealed class PublicArguments
{
    public string? Url { get; set; }
    public string? Listen { get; set; }
    public string? Certificate { get; set; }
    public string? Key { get; set; }
    public List<string> Proxies { get; } = [];

    /// <summary>Null where nothing is said: wanted on this machine alone.</summary>
    public bool? Demo { get; set; }

    public RunOptions Apply(RunOptions options)
    {
        if (Url is null)
        {
            return Listen is null && Certificate is null && Key is null && Proxies.Count == 0
                ? options with
                {
                    Demo = Demo ?? true,
                }
                : throw new UsageException("--listen, --tls-cert, --tls-key and --trusted-proxy belong to --public URL.");
        }

        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.PathAndQuery != "/" || url.UserInfo.Length > 0)
        {
            throw new UsageException($"--public wants an address like https://groups.example.org, without a path; got '{Url}'.");
        }

        if (Certificate is null != Key is null)
        {
            throw new UsageException("--tls-cert and --tls-key belong together.");
        }

        if (Certificate is null && Proxies.Count == 0)
        {
            throw new UsageException(
                "--public needs TLS: --tls-cert FILE --tls-key FILE, or --trusted-proxy ADDRESS for a proxy that speaks it (127.0.0.1: on this machine)."
            );
        }

        var demo = Demo ?? false;
        if (!demo && TimeSettings.All.FirstOrDefault(t => options.Times.TryGetValue(t.Name, out var seconds) && seconds < t.Seconds) is { Name: { } name })
        {
            throw new UsageException($"--set {name} is shorter than people on the internet need. For a public demonstration, add --demo.");
        }

        return options with
        {
            Demo = demo,
            Public = new PublicAddress(
                url.GetLeftPart(UriPartial.Authority),
                Listen ?? "127.0.0.1",
                Certificate,
                Key,
                string.Join(' ', Proxies.Select(Network))
            ),
        };
    }

    private static string Network(string value) =>
        IPNetwork.TryParse(value, out var network) ? network.ToString()
        : IPAddress.TryParse(value, out var one) ? one.ToString()
        : throw new UsageException($"--trusted-proxy wants an address or a network like 10.0.0.0/8, its first address in front; got '{value}'.");
}
