using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Chat;

/// <summary>Calls staff, and staff alone. Passes mute, lock and a held room: whoever needs help gets through.</summary>
public sealed class RequestHelp(RoomWork acts)
{
    // The connection's own limit on calls still stands, so this cannot be used to flood.
    public async Task<Answer<Done>> RunAsync(RoomConnection connection, string? text, CancellationToken ct)
    {
        text = string.IsNullOrWhiteSpace(text) ? null : text;
        if (text is not null && MessageRules.RefuseText(text) is { } refusal)
        {
            return refusal;
        }

        return await acts.RunAsync(connection, RoomAct.RequestHelp, async access =>
        {
            var (turn, me) = (access.Turn, access.Me);
            await turn.AppendAsync(Streams.Staff, Kinds.HelpRequested, me.Actor, new { participantId = me.ParticipantId, text });
            await turn.Work.PublishAsync(new HelpRequested(turn.SessionId, turn.Session.GroupId, me.ParticipantId, turn.Work.Now));
            await turn.Work.AuditAsync("help.requested", me.AccountId, turn.SessionId);
            return null;
        }, ct);
    }
}
