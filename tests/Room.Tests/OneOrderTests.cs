using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Tests.Support;
using StackExchange.Redis;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Many who talk at once, lose their connections and come back at the other node, while Redis tells old things again and in any order.</summary>
public sealed class OneOrderTests
{
    private const int Each = 10;

    [Fact]
    public async Task Twelve_participants_who_post_and_change_nodes_see_exactly_the_stored_log_whatever_Redis_repeats()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync(capacity: 12);
        var (lead, members) = await evening.LiveAsync(11);
        using var redis = await ConnectionMultiplexer.ConnectAsync((await Engines.RedisAsync()).Connection);
        var news = new StaleNews(redis, evening.Session);
        await news.ListenAsync();
        Guest[] all = [new(evening, evening.Lead, lead, 0), .. members.Select((m, n) => new Guest(evening, evening.Members[n], m, (n + 1) % 2))];
        await Task.WhenAll(all.Select((guest, n) => Task.Run(() => guest.TalkAsync(n, news))));
        Assert.True(news.Told > 100, $"only {news.Told} old publications were told again");

        var stored = (
            await world.Db.QueryAsync<Row>(
                "select seq, kind, by_id from room_events where session_id = @id and stream = 'room' order by seq",
                new { id = evening.Session }
            )
        )
            .Select(r => (r.Seq, r.Kind, r.ById))
            .ToList();
        Assert.Equal(Enumerable.Range(1, stored.Count).Select(n => (long)n), stored.Select(s => s.Seq));
        Assert.Equal(all.Length * Each, stored.Count(s => s.Kind == "message.posted"));
        foreach (var guest in all)
        {
            await Eventually.Async(
                () => guest.Seen().Count > 0 && guest.Seen()[^1].Seq == stored[^1].Seq,
                () => $"somebody saw up to {guest.Seen()[^1].Seq} and not {stored[^1].Seq}",
                TimeSpan.FromSeconds(60)
            );
            var seen = guest.Seen();
            Assert.Equal(stored.Skip((int)seen[0].Seq - 1), seen);
        }

        // All participants from the first message on have read the same words at the same positions.
        var texts = all[0].Texts();
        Assert.Equal(all.Length * Each, texts.Distinct().Count());
        Assert.All(all, guest => Assert.Equal(texts, guest.Texts()));
        foreach (var guest in all)
        {
            await guest.DisposeAsync();
        }
    }

    private sealed record Row(long Seq, string Kind, Guid? ById);

    /// <summary>A participant over all their connections.</summary>
    private sealed class Guest(Evening evening, Guid account, RoomClient first, int node) : IAsyncDisposable
    {
        private readonly List<RoomClient> _clients = [first];
        private int _node = node;

        private RoomClient Now => _clients[^1];

        public List<(long Seq, string Kind, Guid? By)> Seen() =>
            [
                .. _clients
                    .SelectMany(c => c.Of("room"))
                    .Select(e =>
                        (
                            e.GetProperty("seq").GetInt64(),
                            e.GetProperty("kind").GetString()!,
                            e.GetProperty("by") is { ValueKind: System.Text.Json.JsonValueKind.Object } by
                                ? by.GetProperty("participantId").GetGuid()
                                : (Guid?)null
                        )
                    ),
            ];

        public List<string?> Texts() => [.. _clients.SelectMany(c => c.Texts("room"))];

        public async Task TalkAsync(int who, StaleNews news)
        {
            for (var n = 0; n < Each; n++)
            {
                var text = $"{who}-{n}";
                if (n % 4 == who % 4)
                {
                    // The answer is lost with the connection; whether the message was taken, the log knows.
                    var lost = Now.RefusedAsync("Post", new { id = text, text });
                    await ChangeNodesAsync();
                    await lost;
                }

                await Eventually.Async(
                    async () => await Now.RefusedAsync("Post", new { id = text, text }) is "(no refusal)",
                    () => $"{text} was never taken",
                    TimeSpan.FromSeconds(60)
                );
                await news.TellAgainAsync(3);
            }
        }

        public async ValueTask DisposeAsync() => await Now.DisposeAsync();

        private async Task ChangeNodesAsync()
        {
            // Nothing is read any more when the cursors are.
            await Now.DisposeAsync();
            var cursors = new Dictionary<string, long>();
            foreach (var (stream, seq) in _clients.SelectMany(c => c.Cursors()))
            {
                cursors[stream] = seq;
            }

            _node = 1 - _node;
            _clients.Add(await evening.EnterAsync(account, evening.World.Nodes[_node], cursors, body: new { }));
        }
    }

    /// <summary>Hears what the nodes tell each other, and tells it again as another node would, later and backwards.</summary>
    private sealed class StaleNews(ConnectionMultiplexer redis, Guid session)
    {
        private readonly ConcurrentDictionary<int, byte[]> _heard = new();
        private readonly byte[] _stranger = Guid.CreateVersion7().ToByteArray();
        private int _count;
        private int _told;

        public int Told => _told;

        private RedisChannel Channel => RedisChannel.Literal($"gt:room:events:{session:n}");

        public Task ListenAsync() =>
            redis
                .GetSubscriber()
                .SubscribeAsync(
                    Channel,
                    (_, value) =>
                    {
                        byte[] payload = value!;
                        if (!payload.AsSpan(0, 16).SequenceEqual(_stranger))
                        {
                            _heard[Interlocked.Increment(ref _count) - 1] = payload[16..];
                        }
                    }
                );

        public async Task TellAgainAsync(int times)
        {
            for (var n = 0; n < times; n++)
            {
                if (_heard.TryGetValue(Random.Shared.Next(Math.Max(1, Volatile.Read(ref _count))), out var events))
                {
                    var backwards = new JsonArray([.. JsonNode.Parse(events)!.AsArray().Reverse().Select(e => e!.DeepClone())]);
                    await redis.GetSubscriber().PublishAsync(Channel, (byte[])[.. _stranger, .. System.Text.Encoding.UTF8.GetBytes(backwards.ToJsonString())]);
                    Interlocked.Increment(ref _told);
                }
            }
        }
    }
}
