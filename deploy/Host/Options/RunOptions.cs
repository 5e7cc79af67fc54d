using System.Collections.Immutable;

namespace GroupTherapy.Host.Options;

/// <summary>The options of a deployment. Kept in the data folder, so that <c>status</c> and <c>down</c> know it without its host.</summary>
public sealed record RunOptions
{
    /// <summary>The gateway's public port on 127.0.0.1.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Demonstration accounts and data, and <c>ASPNETCORE_ENVIRONMENT=Demo</c>; otherwise Production.</summary>
    public bool Demo { get; init; } = true;

    /// <summary>Instances of a service, one where nothing is said.</summary>
    public ImmutableSortedDictionary<string, int> Scale { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>Seconds, by the names of <see cref="Times"/>.</summary>
    public ImmutableSortedDictionary<string, int> Times { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>The address that media is offered on.</summary>
    public string Media { get; init; } = "127.0.0.1";

    /// <summary>Without it no media server is started: rooms have chat alone.</summary>
    public bool WithMedia { get; init; } = true;

    /// <summary>The relay over TLS; null for none.</summary>
    public RelayTls? RelayTls { get; init; }

    /// <summary>The address on the internet; null serves this machine alone.</summary>
    public PublicAddress? Public { get; init; }

    /// <summary>The SMTP server; null writes mails into a folder.</summary>
    public SmtpServer? Smtp { get; init; }

    /// <summary>A file that replaces engines and services by processes of its own; for tests of the host itself.</summary>
    public string? Topology { get; init; }

    public int InstancesOf(string service) => Scale.GetValueOrDefault(service, 1);

    /// <summary>Compares by value; the dictionaries alone would compare by reference.</summary>
    public bool Equals(RunOptions? other) =>
        other is not null
        && (Port, Demo) == (other.Port, other.Demo)
        && (Media, WithMedia, RelayTls) == (other.Media, other.WithMedia, other.RelayTls)
        && Topology == other.Topology
        && (Public, Smtp) == (other.Public, other.Smtp)
        && Scale.SequenceEqual(other.Scale)
        && Times.SequenceEqual(other.Times);

    public override int GetHashCode() => HashCode.Combine(Port, Demo, Media, Topology, Scale.Count, Times.Count);
}

/// <summary>How people reach a deployment from elsewhere.</summary>
/// <param name="Url">The public address in browsers, such as <c>https://groups.example.org</c>: scheme, host and port, no slash at the end.</param>
/// <param name="Listen">The IP address that the gateway listens on.</param>
/// <param name="Certificate">A PEM file with the chain, and in <paramref name="Key"/> its key; null where a proxy speaks TLS.</param>
/// <param name="Proxies">Addresses and networks whose <c>X-Forwarded-For</c> is believed, separated by blanks.</param>
public sealed record PublicAddress(string Url, string Listen = "127.0.0.1", string? Certificate = null, string? Key = null, string Proxies = "")
{
    public IReadOnlyList<string> ProxyList() => Proxies.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>TURN over TLS, for networks that let nothing but HTTPS through.</summary>
/// <param name="Host">The name in the certificate.</param>
/// <param name="Certificate">A PEM file with the chain, and in <paramref name="Key"/> its key.</param>
public sealed record RelayTls(string Host, int Port, string Certificate, string Key);

/// <summary>The times that a demonstration or a test shortens, with the setting each becomes and its usual seconds.</summary>
public static class TimeSettings
{
    public static readonly IReadOnlyList<(string Name, string Setting, int Seconds)> All =
    [
        ("seat-hold", "SeatHold", 900),
        ("offer", "Offer", 43200),
        ("lobby-before", "LobbyBefore", 900),
        ("facilitator-grace", "FacilitatorGrace", 20),
        ("held-end", "HeldEnd", 600),
        ("attestation", "Attestation", 900),
    ];

    /// <summary>Every setting, shortened or not.</summary>
    public static Dictionary<string, int> Resolve(RunOptions options) =>
        All.ToDictionary(t => t.Setting, t => options.Times.GetValueOrDefault(t.Name, t.Seconds));
}
