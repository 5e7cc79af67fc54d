using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>The secrets that <c>deploy/rotate</c> can replace, by name.</summary>
public static class Secrets
{
    /// <summary>Wraps the keys of sessions; Room replaces it itself.</summary>
    public const string RoomKey = "room-key";

    /// <summary>Passwords by the name that an operator gives.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Rotatable { get; } =
        new SortedDictionary<string, IReadOnlyList<string>>(
            Services
                .WithDatabase.ToDictionary(s => $"database/{s.Name}", s => (IReadOnlyList<string>)[$"db/{s.Name}", $"db/{ServiceDatabase.OwnerRole(s.Name)}"])
                .Concat(Services.All.Select(s => KeyValuePair.Create($"bus/{s.Name}", (IReadOnlyList<string>)[$"bus/{s.Name}"])))
                // Keys by which one service proves itself to another.
                .Concat(
                    Layout
                        .PasswordNames()
                        .Where(n => n.StartsWith("ask/", StringComparison.Ordinal))
                        .Select(n => KeyValuePair.Create(n, (IReadOnlyList<string>)[n]))
                )
                .Append(new("redis", ["redis"]))
                .Append(new("turn", ["turn"]))
                .Append(new("janus", [.. MediaLayout.PasswordNames().Where(n => n != "turn")]))
                .Append(new(Layout.GatewayKeys, [Layout.GatewayKeys]))
                .ToDictionary(),
            StringComparer.Ordinal
        );
}
