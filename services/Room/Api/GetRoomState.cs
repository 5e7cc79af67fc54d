using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>The state of a room without any text, for those who lead it and the practice's operators.</summary>
public static class GetRoomState
{
    /// <param name="State"><c>expected</c>, <c>waiting</c>, <c>in</c>, <c>left</c> or <c>removed</c>.</param>
    /// <param name="Connections">Open connections; 0 for a participant about to count as left.</param>
    public sealed record Participant(
        Guid ParticipantId,
        string? Alias,
        string Role,
        string State,
        bool Connected,
        int Connections,
        bool Hand,
        bool AudioMuted,
        bool VideoMuted,
        bool ChatMuted,
        string? Place,
        bool Crisis
    );

    public sealed record Counts(int Expected, int Waiting, int In, int Removed);

    public sealed record Response(
        Guid SessionId,
        Guid GroupId,
        string Phase,
        bool Locked,
        DateTimeOffset StartsAt,
        DateTimeOffset EndsAt,
        DateTimeOffset? OpenedAt,
        DateTimeOffset? HeldUntil,
        DateTimeOffset? EndedAt,
        int Capacity,
        Counts Counts,
        IReadOnlyList<Participant> Participants,
        DateTimeOffset? HeldSince,
        int SlowSeconds,
        Guid? Turn
    );

    public static void MapGetRoomState(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/sessions/{id}/room",
                async (Guid id, Caller caller, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    if (await SessionReader.ForAsync(work, caller, id, operators: true) is not { } session)
                    {
                        return (IResult)Problem.NotFound();
                    }

                    var people = await work.QueryAsync<Participant>(
                        """
                        select p.participant_id, p.alias, p.role,
                               case when p.admission = 'none' then 'expected' when p.admission = 'removed' or p.present then p.admission
                                   else 'left' end as state,
                               c.open > 0 as connected, c.open::int as connections, p.hand_seq is not null as hand,
                                   p.audio_muted, p.video_muted, p.chat_muted, p.jurisdiction as place,
                                   p.crisis
                        from participants p
                        cross join lateral (
                            select count(*) as open from connections x where x.session_id = p.session_id and x.participant_id = p.participant_id) c
                        where p.session_id = @id order by p.participant_id
                        """,
                        new { id }
                    );
                    var counts = new Counts(
                        people.Count(p => p.State == "expected"),
                        people.Count(p => p.State == "waiting"),
                        people.Count(p => p.State == "in"),
                        people.Count(p => p.State == "removed")
                    );
                    return TypedResults.Ok(
                        new Response(
                            session.SessionId,
                            session.GroupId,
                            session.Phase,
                            session.Locked,
                            session.StartsAt,
                            session.End,
                            session.OpenedAt,
                            session.HeldUntil,
                            session.EndedAt,
                            session.Capacity,
                            counts,
                            people,
                            session.HeldSince,
                            session.SlowSeconds,
                            session.SpeakerId
                        )
                    );
                }
            )
            .For(Roles.Facilitator, Roles.Operator)
            .Sensitive("room.read")
            .Produces<Response>()
            .Describe("getRoom", Tag.LiveSessions, "The state of a room, without text");
}
