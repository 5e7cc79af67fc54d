using GroupTherapy.Platform.Messaging;
using GroupTherapy.Room.Access;
using Npgsql;

namespace GroupTherapy.Room.Chat;

/// <summary>
/// Group commit: what arrives while a batch is on its way to the disk forms the next one. Nobody waits for company: a lone message is a batch of its own at once.
/// </summary>
/// <remarks>
/// A batch that the database refused has changed nothing; then each of its rooms is tried by itself, beside the others, and a room that fails still, message by message.
/// So a message that cannot be written costs only its own sender. When the outcome is not known, everybody is told to try again, and their ids make that harmless.
/// </remarks>
public sealed class PostQueue(PostBatch batches)
{
    // Large enough that the wait for the disk is shared, small enough that one batch is short.
    private const int Most = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, List<Waiting>> _aside = [];
    private List<Waiting> _waiting = [];
    private bool _writing;

    public Task<Answer<Posted>> WriteAsync(Post post)
    {
        var waiting = new Waiting(post);
        lock (_gate)
        {
            if (post.Connection.Entry is { } entry && _aside.TryGetValue(entry.SessionId, out var aside))
            {
                aside.Add(waiting);
                return waiting.Task;
            }

            _waiting.Add(waiting);
            if (_writing)
            {
                return waiting.Task;
            }

            _writing = true;
        }

        _ = WriteAllAsync();
        return waiting.Task;
    }

    private async Task WriteAllAsync()
    {
        while (true)
        {
            List<Waiting> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _writing = false;
                    return;
                }

                (batch, _waiting) = Split(_waiting);
            }

            if (!await TryAsync(batch))
            {
                SetAside(batch);
            }
        }
    }

    /// <summary>The next batch, and what has to wait for the one after it: an id that is in this one already, and what is too much.</summary>
    private static (List<Waiting> Batch, List<Waiting> Later) Split(List<Waiting> waiting)
    {
        var seen = new HashSet<(Guid, Guid, string)>();
        var (batch, later) = (new List<Waiting>(Math.Min(waiting.Count, Most)), new List<Waiting>());
        foreach (var one in waiting)
        {
            var entry = one.Post.Connection.Entry;
            (batch.Count < Most && seen.Add((entry?.SessionId ?? default, entry?.ParticipantId ?? default, one.Post.Id)) ? batch : later).Add(one);
        }

        return (batch, later);
    }

    /// <returns>False when the database refused the whole, so that nothing has happened.</returns>
    private async Task<bool> TryAsync(List<Waiting> batch)
    {
        try
        {
            var answers = await batches.WriteAsync([.. batch.Select(w => w.Post)]);
            for (var n = 0; n < batch.Count; n++)
            {
                batch[n].Answer(answers[n]);
            }

            return true;
        }
        catch (Exception e) when (batch.Count == 1 || (e is not PostgresException && Outage.IsDatabaseAway(e)))
        {
            batch.ForEach(w => w.Fail(e));
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private void SetAside(List<Waiting> batch)
    {
        foreach (var room in batch.GroupBy(w => w.Post.Connection.Entry?.SessionId ?? default))
        {
            lock (_gate)
            {
                if (_aside.TryGetValue(room.Key, out var waiting))
                {
                    waiting.AddRange(room);
                    continue;
                }

                _aside[room.Key] = [.. room];
            }

            _ = WriteAsideAsync(room.Key);
        }
    }

    private async Task WriteAsideAsync(Guid session)
    {
        while (true)
        {
            List<Waiting> batch;
            lock (_gate)
            {
                if (_aside[session].Count == 0)
                {
                    _aside.Remove(session);
                    return;
                }

                (batch, _aside[session]) = Split(_aside[session]);
            }

            if (!await TryAsync(batch))
            {
                foreach (var one in batch)
                {
                    await TryAsync([one]);
                }
            }
        }
    }

    private sealed class Waiting(Post post)
    {
        private readonly TaskCompletionSource<Answer<Posted>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Post Post => post;

        public Task<Answer<Posted>> Task => _answer.Task;

        public void Answer(Answer<Posted> answer) => _answer.TrySetResult(answer);

        public void Fail(Exception e) => _answer.TrySetException(e);
    }
}
