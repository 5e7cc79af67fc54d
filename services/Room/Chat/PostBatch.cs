using System.Security.Cryptography;
using GroupTherapy.Platform.Data;
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
        var (drafts, refused) = (new List<(int N, RoomTurn Turn, PostDraft Draft)>(), new List<(int N, RoomAccess Access)>());
        var allowances = new Dictionary<ParticipantKey, ParticipantRow>();
        var accesses = await RoomAccess.ForManyAsync(work, [.. posts.Select(p => p.Connection)], RoomAct.Post, rooms);
        for (var n = 0; n < posts.Count; n++)
        {
            if (accesses[n].Refusal is { } shut)
            {
                answers[n] = shut;
                continue;
            }

            var access = accesses[n].Value!;
            var decided = await DecideAsync(access, posts[n], allowances);
            answers[n] = decided.Refusal!;
            if (decided.Value is { } draft)
            {
                drafts.Add((n, access.Turn, draft));
            }
            else
            {
                refused.Add((n, access));
            }
        }

        await AnswerKnownAsync(work, posts, refused, answers);
        if (drafts.Count > 0)
        {
            var placed = await RoomTurn.AppendPostsAsync(work, [.. drafts.Select(d => (d.Turn, d.Draft))]);
            for (var i = 0; i < drafts.Count; i++)
            {
                answers[drafts[i].N] = AnswerOf(placed[i], drafts[i].Draft.Digest);
            }

            await work.CommitAsync();
        }

        return answers;
    }

    private static async Task<Answer<PostDraft>> DecideAsync(RoomAccess access, Post post, Dictionary<ParticipantKey, ParticipantRow> allowances)
    {
        var (turn, key) = (access.Turn, new ParticipantKey(access.Turn.SessionId, access.Me.ParticipantId));
        // Several of one person in one batch: each counts for the next.
        var me = allowances.GetValueOrDefault(key, access.Me);
        if (MessageRules.AudienceOf(post.To) is not { } audience)
        {
            return me.IsStaff ? Refusal.NotFound : Refusal.NotAllowed;
        }

        if (MessageRules.RefuseSpeaking(me.IsStaff, me.ChatMuted, turn.Session.Phase, audience) is { } refusal)
        {
            return refusal;
        }

        if (await StreamAsync(turn, me, audience, post.To) is not { } stream)
        {
            return Refusal.NotFound;
        }

        if (MessageRules.RefuseSoon(me.IsStaff, audience, turn.Session.SlowSeconds, me.SpokeAt, turn.Work.Now) is { } soon)
        {
            return soon;
        }

        if (MessageRules.SettleAfter(me.PostsSettleAt, turn.Work.Now) is not { } settlesAt)
        {
            return Refusal.TooFast;
        }

        DateTimeOffset? spokeAt = audience == Audience.Everyone ? turn.Work.Now : null;
        allowances[key] = me with { PostsSettleAt = settlesAt, SpokeAt = spokeAt ?? me.SpokeAt };
        var data = RoomJson.Of(new Said(post.Id, post.Text, post.To));
        return new PostDraft(turn.SessionId, stream, me.Actor, turn.Key.Seal(stream, data), post.Id, turn.Key.Digest(post.Text), settlesAt, spokeAt);
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
            answers[n] = AnswerOf(place, access.Turn.Key.Digest(posts[n].Text));
        }
    }

    private static Answer<Posted> AnswerOf(PlacedPost place, byte[] digest) =>
        place.Digest is null || CryptographicOperations.FixedTimeEquals(place.Digest, digest) ? new Posted(place.Stream, place.Seq, place.At) : Refusal.IdReused;

    private static async Task<string?> StreamAsync(RoomTurn turn, ParticipantRow me, Audience audience, string to)
    {
        switch (audience)
        {
            case Audience.Everyone:
                return Streams.Room;
            case Audience.Facilitators:
                return me.IsStaff ? Streams.Staff : Streams.Private(me.ParticipantId);
            default:
                var participant = Guid.Parse(to);
                return await turn.ParticipantAsync(participant) is { Admission: Admissions.In or Admissions.Waiting } ? Streams.Private(participant) : null;
        }
    }

    private readonly record struct ParticipantKey(Guid Session, Guid Participant);

    private sealed record Said(string Id, string Text, string To);
}
