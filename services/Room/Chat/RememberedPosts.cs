using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Room.Chat;

/// <summary>
/// Writes messages on one way to the database and back: the rules decide from what is remembered of each sender's last message, and the statement that appends leaves out
/// whoever something has changed for since. Nothing is allowed that the database would not say now, and nobody is refused here.
/// </summary>
public sealed class RememberedPosts([FromKeyedServices(PostBatch.Connections)] Db db, LiveRooms rooms)
{
    /// <summary>Answers when everything that was accepted is durable.</summary>
    /// <param name="posts">No two of the same sender and id.</param>
    /// <returns>One answer for each, in their order; null for whoever has to be looked up (<see cref="PostBatch"/>). Null for all, when that is known before.</returns>
    public async Task<IReadOnlyList<Answer<Posted>?>?> WriteAsync(IReadOnlyList<Post> posts)
    {
        if (Remembered(posts) is not { } senders)
        {
            return null;
        }

        await using var work = await db.BeginAsync(Caller.System("room"));
        var turns = RoomTurn.Of(work, senders.Select(s => s.Session).DistinctBy(s => s.SessionId), rooms);
        var (accesses, drafts) = (new RoomAccess[posts.Count], new (RoomTurn Turn, PostDraft Draft)[posts.Count]);
        for (var n = 0; n < posts.Count; n++)
        {
            var turn = turns[senders[n].Session.SessionId];
            if (RoomAccess.ForRemembered(turn, posts[n].Connection, senders[n], RoomAct.Post).Value is not { } access
                || (await PostDrafting.DecideAsync(turn, access.Me, posts[n])).Value is not { } draft)
            {
                return null;
            }

            (accesses[n], drafts[n]) = (access, (turn, draft));
        }

        var placed = await RoomTurn.AppendUnchangedPostsAsync(work, drafts, [.. posts.Select((p, n) => new PostGrounds(p.Connection, senders[n]))], rooms.NodeId);
        var answers = new Answer<Posted>?[posts.Count];
        for (var n = 0; n < posts.Count; n++)
        {
            var (connection, draft) = (posts[n].Connection, drafts[n].Draft);
            answers[n] = placed[n] is { } place ? PostDrafting.AnswerOf(place, draft.Digest) : null;
            connection.Remembered =
                placed[n] is not { } stands ? null
                : stands.IsNew ? accesses[n].Remember(draft.After(accesses[n].Me), stands.Version)
                : senders[n];
        }

        await work.CommitAsync();
        return answers;
    }

    /// <summary>What is remembered of each sender; null when one of the messages cannot be decided from it.</summary>
    private static RememberedAccess[]? Remembered(IReadOnlyList<Post> posts)
    {
        var senders = new RememberedAccess[posts.Count];
        var people = new HashSet<(Guid Session, Guid Participant)>(posts.Count);
        var sessions = new Dictionary<Guid, string>(posts.Count);
        for (var n = 0; n < posts.Count; n++)
        {
            var connection = posts[n].Connection;
            if (connection is not { Entry: { } entry, Remembered: { } sender } || !ReferenceEquals(entry, sender.Entry)
                || MessageRules.AudienceOf(posts[n].To) is not (Audience.Everyone or Audience.Facilitators)
                // Two of one person: the second counts on what the first leaves.
                || !people.Add((entry.SessionId, entry.ParticipantId)))
            {
                return null;
            }

            // All of one room share a turn, and so have to remember the same of it.
            if (sessions.TryGetValue(entry.SessionId, out var version) && version != sender.Facts.SessionVersion)
            {
                return null;
            }

            sessions[entry.SessionId] = sender.Facts.SessionVersion;
            senders[n] = sender;
        }

        return senders;
    }
}
