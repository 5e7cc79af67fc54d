using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>Facilitators extended a running session. Its staff are busy until the new end.</summary>
/// <param name="Version">Of the session's phases. Of two extensions the later end counts.</param>
[MessageUrn("grouptherapy:room:session-extended:v1")]
[EntityName("room.session-extended.v1")]
public sealed record SessionExtended(Guid SessionId, Guid GroupId, DateTimeOffset EndsAt, long Version, DateTimeOffset At);
