using System.Collections.Concurrent;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Load.Rooms;

/// <summary>
/// The upper line: the real Room, except that what is said is numbered in memory and stands in no log. Only for rooms whose people are all on one node,
/// and never to be shipped: nobody who comes back could be given what they missed.
/// </summary>
internal static class UnstoredRoom
{
    public static Task<int> RunAsync(string[] args) =>
        RoomApp.Build([], builder => builder.Services.AddSingleton<PostQueue, Posts>()).RunPlatformAsync([], typeof(RoomApp).Assembly);

    private sealed class Posts(RememberedPosts remembered, PostBatch batches, LiveRooms rooms, TimeProvider clock) : PostQueue(remembered, batches)
    {
        private readonly ConcurrentDictionary<Guid, long> _last = new();

        protected override Task<IReadOnlyList<Answer<Posted>?>> WriteAsync(IReadOnlyList<Post> asks, Patience patience)
        {
            var now = clock.GetUtcNow();
            var answers = new Answer<Posted>?[asks.Count];
            var said = new Dictionary<Guid, List<StoredEvent>>();
            for (var n = 0; n < asks.Count; n++)
            {
                var (ask, entry) = (asks[n], asks[n].Connection.Entry!);
                var seq = _last.AddOrUpdate(entry.SessionId, 1, static (_, last) => last + 1);
                var e = new StoredEvent(
                    Streams.Room, seq, now, Kinds.Posted, entry.ParticipantId, "Blue Heron 7", RoomRoles.Member, JsonSerializer
                        .Serialize(new { id = ask.Id, text = ask.Text, to = ask.To }), null);
                (said.TryGetValue(entry.SessionId, out var events) ? events : said[entry.SessionId] = []).Add(e);
                answers[n] = new Posted(Streams.Room, seq, now);
            }

            foreach (var (session, events) in said)
            {
                rooms.Announce(session, events);
            }

            return Task.FromResult<IReadOnlyList<Answer<Posted>?>>(answers);
        }
    }
}
