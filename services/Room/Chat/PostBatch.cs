using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GroupTherapy.Room.Chat;

/// <summary>One message that somebody wants to say, of a form that may be said.</summary>
public sealed record Post(RoomConnection Connection, string Id, string Text, string To);

/// <summary>
/// Writes the messages of many rooms in one transaction: who may speak is read in it, after the sessions are locked; each message has an answer of its own.
/// What was read is remembered for the sender's next message (<see cref="RememberedPosts"/>).
/// </summary>
public sealed class PostBatch([FromKeyedServices(PostBatch.Connections)] Db db, LiveRooms rooms)
{
    /// <summary>Names the connections that posts have to themselves.</summary>
    public const string Connections = "posts";

    /// <summary>
    /// One connection carries all batches as long as none is set aside: its few statements are planned once, and its backend stays warm.
    /// </summary>
    public static void Adjust(NpgsqlConnectionStringBuilder connection)
    {
        connection.MaxPoolSize = Math.Min(connection.MaxPoolSize, 20);
        // A room whose row another holds for long holds up a batch no longer than the lock's limit. Every row here is one look-up by its key:
        // without this, tables that have no statistics yet would be read whole.
        connection.Options += " -c lock_timeout=1s -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";
    }

    /// <summary>Answers when everything that was accepted is durable.</summary>
    /// <param name="posts">No two of the same sender and id.</param>
    /// <returns>One answer for each, in their order.</returns>
    public async Task<IReadOnlyList<Answer<Posted>>> WriteAsync(IReadOnlyList<Post> posts)
    {
        await using var work = await db.BeginAsync(Caller.System("room"));
        var answers = new Answer<Posted>[posts.Count];
        var (drafts, refused) = (new List<(int N, RoomAccess Access, PostDraft Draft)>(), new List<(int N, RoomAccess Access)>());
        // Several of one person in one batch: each counts for the next.
        var senders = new Dictionary<ParticipantKey, ParticipantRow>();
        var accesses = await RoomAccess.ForManyAsync(work, [.. posts.Select(p => p.Connection)], RoomAct.Post, rooms);
        for (var n = 0; n < posts.Count; n++)
        {
            if (accesses[n].Refusal is { } shut)
            {
                answers[n] = shut;
                continue;
            }

            var access = accesses[n].Value!;
            var me = senders.GetValueOrDefault(Of(access), access.Me);
            var decided = await PostDrafting.DecideAsync(access.Turn, me, posts[n]);
            answers[n] = decided.Refusal!;
            if (decided.Value is { } draft)
            {
                drafts.Add((n, access, draft));
                senders[Of(access)] = draft.After(me);
            }
            else
            {
                refused.Add((n, access));
            }
        }

        await AnswerKnownAsync(work, posts, refused, answers);
        if (drafts.Count > 0)
        {
            var placed = await RoomTurn.AppendPostsAsync(work, [.. drafts.Select(d => (d.Access.Turn, d.Draft))]);
            for (var i = 0; i < drafts.Count; i++)
            {
                var (n, access, draft) = drafts[i];
                answers[n] = PostDrafting.AnswerOf(placed[i], draft.Digest);
                // With a repeat among several of one person this counts more than their row does. Who is refused because of it is looked up.
                posts[n].Connection.Remembered = access.Remember(placed[i].IsNew ? senders[Of(access)] : access.Me, placed[i].Version);
            }

            await work.CommitAsync();
        }

        return answers;
    }

    /// <summary>What is in the log already is answered as it was, whatever would be refused today.</summary>
    private static async Task AnswerKnownAsync(UnitOfWork work, IReadOnlyList<Post> posts, List<(int N, RoomAccess Access)> refused, Answer<Posted>[] answers)
    {
        if (refused.Count == 0)
        {
            return;
        }

        var known = await RoomLog.KnownPostsAsync(work, [.. refused.Select(r => (r.Access.Turn.SessionId, r.Access.Me.ParticipantId, posts[r.N].Id))]);
        foreach (var (i, place) in known)
        {
            var (n, access) = refused[i];
            answers[n] = PostDrafting.AnswerOf(place, access.Turn.Key.Digest(posts[n].Text));
        }
    }

    private static ParticipantKey Of(RoomAccess access) => new(access.Turn.SessionId, access.Me.ParticipantId);

    private readonly record struct ParticipantKey(Guid Session, Guid Participant);
}
