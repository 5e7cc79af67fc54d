using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Room.Media;

/// <summary>A media node as the settings name it.</summary>
public sealed record MediaNodeOptions
{
    public required string Name { get; init; }

    public required Uri WebSocket { get; init; }

    public required Uri Admin { get; init; }

    public required string ApiSecret { get; init; }

    public required string AdminSecret { get; init; }

    public required string RoomKey { get; init; }

    /// <summary>Pairs of sender and receiver that it carries well.</summary>
    public int Capacity { get; init; } = 300;
}

/// <summary>The section <c>Media</c> of the settings. Without nodes rooms have chat alone.</summary>
public sealed record MediaOptions(IReadOnlyList<MediaNodeOptions> Nodes, IReadOnlyList<string> RelayUrls, string? RelaySecret)
{
    public bool IsOn => Nodes.Count > 0;

    public static MediaOptions From(IConfiguration configuration) =>
        new(
            configuration.GetSection("Media:Nodes").Get<MediaNodeOptions[]>() ?? [],
            configuration.GetSection("Media:Turn:Urls").Get<string[]>() ?? [],
            configuration["Media:Turn:Secret"]
        );
}
