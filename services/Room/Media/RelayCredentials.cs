using System.Security.Cryptography;
using System.Text;

namespace GroupTherapy.Room.Media;

/// <summary>A server that helps a browser to reach the media node.</summary>
public sealed record IceServer(IReadOnlyList<string> Urls, string? Username, string? Credential);

public sealed record IceServerList(IReadOnlyList<IceServer> IceServers, DateTimeOffset ExpiresAt);

/// <summary>Credentials for the relay (TURN) that end by themselves, signed with the secret that it shares with us.</summary>
public sealed class RelayCredentials(MediaOptions options, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <param name="participant">Says nothing about the person; the relay limits what one of them may hold.</param>
    public IceServerList For(Guid participant)
    {
        var expires = DateTimeOffset.FromUnixTimeSeconds((clock.GetUtcNow() + Life).ToUnixTimeSeconds());
        if (options.RelaySecret is not { } secret || options.RelayUrls.Count == 0)
        {
            return new IceServerList([], expires);
        }

        // Another id than the one that others in the room know.
        var id = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), participant.ToByteArray()))[..24];
        var username = $"{expires.ToUnixTimeSeconds()}:{id}";
        // The relay knows no other (draft-uberti-behave-turn-rest).
#pragma warning disable CA5350
        var credential = Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));
#pragma warning restore CA5350
        return new IceServerList([new IceServer(options.RelayUrls, username, credential)], expires);
    }
}
