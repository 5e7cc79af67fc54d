using System.Collections.Concurrent;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Load.Rooms;

/// <summary>
/// The upper line: the real Room, except that messages are numbered in memory and are in no log. Only for rooms whose people are all on one node,
/// and never to be shipped: nobody who comes back could be given what they missed.
/// </summary>
internal static class UnstoredRoom
{
    public static Task<int> RunAsync(string[] args) =>
        RoomApp.Build([], builder => builder.Services.AddSingleton<RoomExecutor, Unstored>()).RunPlatformAsync([], typeof(RoomApp).Assembly);

    private sealed class Unstored(
        Db db, RoomKeys keys, NodeLease lease, RoomTimes times, ICommitListener listener, TimeProvider clock, ILogger<RoomExecutor> log)
        : RoomExecutor(db, keys, lease, times, listener, log)
    {
        private readonly ICommitListener _listener = listener;
        private readonly ConcurrentDictionary<Guid, long> _last = new();

        protected override async Task<IReadOnlyList<RoomOutcome>> RunBatchAsync(IReadOnlyList<RoomCommand> requests, bool isIsolated)
        {
            var others = requests.Where(r => r is not Post).ToList();
            var stored = new Queue<RoomOutcome>(others.Count == 0 ? [] : await base.RunBatchAsync(others, isIsolated));
            var now = clock.GetUtcNow();
            var said = new Dictionary<Guid, List<StoredEvent>>();
            List<RoomOutcome> outcomes = [.. requests.Select(r => r is Post post ? Number(post, now, said) : stored.Dequeue())];
            _listener.Committed([.. said.Select(s => new RoomCommit(s.Key, s.Value, ChecksConnections: false))]);
            return outcomes;
        }

        private RoomOutcome Number(Post post, DateTimeOffset now, Dictionary<Guid, List<StoredEvent>> said)
        {
            var seq = _last.AddOrUpdate(post.SessionId, 1, static (_, last) => last + 1);
            var data = JsonSerializer.Serialize(new { id = post.Id, text = post.Text, to = post.To });
            var e = new StoredEvent(Streams.Room, seq, now, Kinds.Posted, post.Sender.ParticipantId, "Blue Heron 7", RoomRoles.Member, data, null);
            (said.TryGetValue(post.SessionId, out var events) ? events : said[post.SessionId] = []).Add(e);
            return new RoomOutcome(new PostedAt(Streams.Room, seq, now), null, null);
        }
    }
}
