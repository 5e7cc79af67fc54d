namespace GroupTherapy.Host.Topology;

/// <summary>One of our own programs.</summary>
/// <param name="Name">In status, as database, as role, as account at the broker.</param>
/// <param name="Project">Its project; the assembly is <c>GroupTherapy.&lt;Project&gt;</c>.</param>
/// <param name="UsesRedis">It receives the address and password of Redis.</param>
/// <param name="Asks">Projects of services that it asks directly, separated by blanks; it receives their addresses.</param>
/// <param name="MakesLinks">It receives the public address, which links begin with.</param>
/// <param name="HasKey">It asks in its own name, and proves it to those it asks with a key of the deployment.</param>
public sealed record ServiceKind(string Name, string Project, bool UsesRedis = false, string Asks = "", bool MakesLinks = false, bool HasKey = false)
{
    public string Assembly => $"GroupTherapy.{Project}.dll";
}

/// <summary>The programs of a deployment. A new service is a line here.</summary>
public static class Services
{
    /// <summary>Its <c>demo-accounts</c> and <c>invite-operator</c> commands make the first accounts.</summary>
    public static readonly ServiceKind Identity = new("identity", "Identity", MakesLinks: true);

    /// <summary>Its <c>add-practice</c> command makes a practice.</summary>
    public static readonly ServiceKind Scheduling = new("scheduling", "Scheduling", MakesLinks: true);

    /// <summary>The services whose settings name the SMTP server.</summary>
    public static ServiceKind Mails => WithDatabase.Single(s => s.Name == "notifications");

    public static readonly IReadOnlyList<ServiceKind> WithDatabase =
    [
        Identity,
        new("enrollment", "Enrollment", Asks: "Identity Room"),
        Scheduling,
        new("room", "Room", UsesRedis: true, Asks: "Enrollment"),
        new("notifications", "Notifications", Asks: "Identity Enrollment", MakesLinks: true, HasKey: true),
    ];

    public static readonly ServiceKind Gateway = new("gateway", "Gateway", Asks: "Identity");

    public static readonly IReadOnlyList<ServiceKind> All = [.. WithDatabase, Gateway];

    public static readonly IReadOnlySet<string> Scalable = All.Select(s => s.Name).Append("janus").ToHashSet();
}
