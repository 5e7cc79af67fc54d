using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A room's knowledge of a member of a group.</summary>
/// <param name="ParticipantId">In the next session; null before the member first asked to join it.</param>
/// <param name="Attended">They were in an earlier session of the group.</param>
/// <param name="Absent">They said that they will not come to the next session.</param>
public sealed record RoomParticipant(Guid MemberId, Guid? ParticipantId, string? Alias, bool Attended, bool Absent = false);

/// <summary>Asks Room who the members of a group are in its next session, with the caller's own internal token (the gateway signs it for both).</summary>
public sealed class RoomParticipants(IConfiguration configuration) : IDisposable
{
    private readonly OptionalServiceClient _room = new("room", configuration["Room:Address"]);

    /// <returns>By member; empty where Room has no session of the group yet, null while Room cannot be asked.</returns>
    public async Task<IReadOnlyDictionary<Guid, RoomParticipant>?> FindAsync(HttpContext http, Guid group, CancellationToken ct) =>
        await _room.AskAsync<RoomParticipant[]>(http, $"/internal/groups/{group}/participants", ct) is (true, var said)
            ? (said ?? []).ToDictionary(p => p.MemberId)
            : null;

    public void Dispose() => _room.Dispose();
}
