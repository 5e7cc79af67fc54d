using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Room.Tests;

/// <summary>Commands as the hub sends them, for tests that say which of them share a batch.</summary>
public static class Commanding
{
    public static RoomConnection ConnectionOf(this InProcess node, RoomClient client) =>
        node.Get<LiveRooms>().Connections.First(c => c.Entry?.ParticipantId == client.ParticipantId);

    /// <summary>A message of a participant who is connected to this node.</summary>
    public static Post PostOf(this InProcess node, RoomClient client, string id, string text, string to = MessageRules.Everyone)
    {
        var connection = node.ConnectionOf(client);
        var (entry, caller) = (connection.Entry!, connection.Caller);
        var sender = new Sender(entry.SessionId, connection.ConnectionId, entry.ParticipantId, caller.AccountId, caller.SignInId, caller.SignInEndsAt);
        return new Post(sender, id, text, to) { Who = caller.Who, Term = entry.Term };
    }

    /// <summary>Runs commands as one batch.</summary>
    public static async Task<IReadOnlyList<RoomOutcome>> RunTogetherAsync(this InProcess node, params RoomCommand[] commands)
    {
        await using var work = await node.Get<Db>().BeginAsync(Caller.System("test"));
        var outcomes = await node.Get<RoomExecutor>().RunInAsync(work, commands);
        await work.CommitAsync();
        return outcomes;
    }

    public static PostedAt? Posted(this RoomOutcome outcome) => (PostedAt?)outcome.Result;
}
