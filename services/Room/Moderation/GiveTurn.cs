using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>The turn to speak. One person has it or nobody; it passes by being given, and falls back to nobody when its holder goes.</summary>
public sealed class GiveTurn(RoomWork acts)
{
    /// <param name="participant">Null takes the turn back.</param>
    public Task<Answer<Done>> RunAsync(RoomConnection connection, Guid? participant, CancellationToken ct) => acts.RunAsync(
        connection, RoomAct.GiveTurn, async access =>
        {
            var turn = access.Turn;
            if (participant is { } next)
            {
                if (await turn.ParticipantAsync(next) is not { Admission: Admissions.In, Present: true } subject)
                {
                    return Refusal.NotFound;
                }

                if (subject.Hand)
                {
                    await turn.Work.ExecuteAsync("update participants set hand = false where session_id = @SessionId and participant_id = @next", new { turn.SessionId, next });
                    await turn.AppendAsync(Streams.Room, Kinds.HandLowered, access.Me.Actor, new ParticipantEvents.Subject(next));
                }
            }

            await PassAsync(turn, access.Me.Actor, participant);
            return null;
        }, ct);

    /// <summary>Whoever goes takes no turn along.</summary>
    internal static Task GoneAsync(RoomTurn turn, Guid participant) => turn.Session.TurnOf == participant ? PassAsync(turn, null, null) : Task.CompletedTask;

    private static async Task PassAsync(RoomTurn turn, Actor? by, Guid? to)
    {
        if (turn.Session.TurnOf == to)
        {
            return;
        }

        await turn.TurnToAsync(to);
        await turn.AppendAsync(Streams.Room, Kinds.TurnGiven, by, new ModerationEvents.Turn(to));
    }
}
