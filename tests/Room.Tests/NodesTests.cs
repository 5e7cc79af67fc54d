using System.Collections.Concurrent;
using System.Text.Json;
using GroupTherapy.Host.Engines;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Tests.Support;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>What a lost Redis, a stopped node and a dead node cost: time, and nothing else.</summary>
public sealed class NodesTests
{
    [Fact]
    public async Task With_Redis_killed_delivery_goes_on_by_the_log_removal_counts_and_all_heals()
    {
        await using var redis = await Engines.OwnRedisAsync();
        await using var world = await RoomWorld.StartAsync(redis: redis.Endpoint.Connection);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(3);
        await Eventually.Async(() => world.A.Get<RedisLink>().IsHearing && world.B.Get<RedisLink>().IsHearing, () => "Redis was never heard");

        await redis.KillAsync();
        await lead.PostAsync("without Redis");
        foreach (var member in members)
        {
            await member.ReadsAsync("room", "without Redis");
        }

        await lead.CallAsync("Remove", new { participantId = members[0].ParticipantId, reason = "removed without Redis" });
        await lead.PostAsync("not for the removed");
        await members[0].IsEndedAsync("removed");
        await members[2].ReadsAsync("room", "not for the removed");
        Assert.DoesNotContain("not for the removed", members[0].Wire, StringComparison.Ordinal);

        await redis.StartAsync();
        await Eventually.Async(
            () => world.A.Get<RedisLink>().IsHearing && world.B.Get<RedisLink>().IsHearing,
            () => "the nodes did not hear Redis again",
            TimeSpan.FromSeconds(30)
        );
        await members[1].PostAsync("with Redis again");
        await members[2].ReadsAsync("room", "with Redis again");
        Assert.True(members[1].IsWhole("room") && members[2].IsWhole("room"));
        Assert.Equal(members[1].Texts("room"), members[2].Texts("room"));
    }

    [Fact]
    public async Task With_PostgreSQL_killed_nothing_acknowledged_is_lost_and_nothing_is_there_twice()
    {
        await using var postgres = await Engines.OwnPostgresAsync(durable: true);
        await using var world = await RoomWorld.StartAsync(connection: await DatabaseOnAsync(postgres.Endpoint));
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        RoomClient[] all = [lead, .. members];
        var acknowledged = new ConcurrentDictionary<string, long>();
        var refusals = new ConcurrentBag<string>();
        var posting = all.Select(
                (client, n) =>
                    Task.Run(async () =>
                    {
                        for (var i = 0; i < 40; i++)
                        {
                            var text = $"{n}-{i}";
                            await Eventually.Async(
                                async () =>
                                {
                                    try
                                    {
                                        acknowledged[text] = (await client.PostAsync(text, id: text)).GetProperty("seq").GetInt64();
                                        return true;
                                    }
                                    catch (HubRefusedException e)
                                    {
                                        refusals.Add(e.Code);
                                        return false;
                                    }
                                },
                                () => $"{text} was never acknowledged; refused: {string.Join(' ', refusals.Distinct())}",
                                TimeSpan.FromSeconds(60)
                            );
                        }
                    })
            )
            .ToList();

        await Eventually.Async(() => acknowledged.Count > 20, () => "posting did not begin");
        await postgres.KillAsync();
        await Eventually.Async(() => refusals.Contains("try-again"), () => "nobody was told to try again");
        await postgres.StartAsync();
        await Task.WhenAll(posting);
        Assert.Equal(["try-again"], refusals.Distinct().Where(c => c != "too-fast"));
        foreach (var client in all)
        {
            await Eventually.Async(() => client.Texts("room").Count >= 120, () => $"{client.Texts("room").Count} of 120 messages came");
            Assert.True(client.IsWhole("room"));
            var seen = client
                .Of("room")
                .Where(e => e.GetProperty("kind").GetString() == "message.posted")
                .ToDictionary(e => e.GetProperty("data").GetProperty("text").GetString()!, e => e.GetProperty("seq").GetInt64());
            Assert.Equal(acknowledged.OrderBy(a => a.Key), seen.OrderBy(a => a.Key));
        }
    }

    private static async Task<string> DatabaseOnAsync(NpgsqlConnectionStringBuilder admin)
    {
        const string Password = "only-in-tests";
        await using var connection = new NpgsqlConnection(admin.ConnectionString);
        await connection.OpenAsync();
        await ServiceDatabase.EnsureRolesAsync(connection, "room", Password, Password);
        await ServiceDatabase.EnsureAsync(connection, "room", "room");
        string As(string role) =>
            new NpgsqlConnectionStringBuilder(admin.ConnectionString)
            {
                Database = "room",
                Username = role,
                Password = Password,
            }.ConnectionString;
        await Migrator.MigrateAsync(As(ServiceDatabase.OwnerRole("room")), "room", typeof(RoomApp).Assembly, TimeProvider.System);
        return As("room");
    }

    [Fact]
    public async Task What_Redis_repeats_invents_or_forgets_changes_nothing()
    {
        await using var redis = await Engines.OwnRedisAsync();
        await using var world = await RoomWorld.StartAsync(redis: redis.Endpoint.Connection);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        using var intruder = await ConnectionMultiplexer.ConnectAsync($"{redis.Endpoint.Connection},allowAdmin=true");
        var caught = new ConcurrentBag<byte[]>();
        await intruder.GetSubscriber().SubscribeAsync(RedisChannel.Literal($"gt:room:events:{evening.Session:n}"), (_, value) => caught.Add(value!));
        await lead.PostAsync("one");
        await Eventually.Async(() => !caught.IsEmpty, () => "nothing was published");
        Assert.DoesNotContain(caught, c => System.Text.Encoding.UTF8.GetString(c).Contains("\"one\"", StringComparison.Ordinal));

        await intruder.GetDatabase().ExecuteAsync("FLUSHALL");
        foreach (var payload in caught.Append("garbage that is longer than sixteen bytes"u8.ToArray()).Append([1, 2]))
        {
            byte[] foreign = payload.Length > 16 ? [.. Guid.CreateVersion7().ToByteArray(), .. payload.AsSpan(16)] : payload;
            await intruder.GetSubscriber().PublishAsync(RedisChannel.Literal($"gt:room:events:{evening.Session:n}"), foreign);
        }

        var far = """[{"stream":"room","seq":500}]"""u8;
        await intruder
            .GetSubscriber()
            .PublishAsync(RedisChannel.Literal($"gt:room:events:{evening.Session:n}"), (byte[])[.. Guid.CreateVersion7().ToByteArray(), .. far]);
        await members[0].PostAsync("two");
        foreach (var client in members.Append(lead))
        {
            await client.ReadsAsync("room", "two");
            Assert.Equal(["one", "two"], client.Texts("room"));
            Assert.True(client.IsWhole("room"));
        }
    }

    [Fact]
    [Trait("hostile", "B07")]
    public async Task Messages_forged_on_Redis_admit_remove_and_promote_no_participant()
    {
        await using var redis = await Engines.OwnRedisAsync();
        await using var world = await RoomWorld.StartAsync(redis: redis.Endpoint.Connection);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), world.B);
        await lead.SeesAsync(waiting.Own, "participant.waiting");
        using var intruder = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint.Connection);
        var room = lead.Cursors()["room"];
        string Forged(string stream, long seq, string kind, string data) =>
            $$"""{"stream":"{{stream}}","seq":{{seq}},"at":"2026-01-01T00:00:00Z","kind":"{{kind}}","byId":null,"byAlias":null,"byRole":null,"""
            + $$""""data":{{JsonSerializer.Serialize(data)}},"sealed":null,"hidden":false}"""";
        string[] forged =
        [
            Forged(
                waiting.Own,
                2,
                "participant.admitted",
                $$"""{"participantId":"{{waiting.ParticipantId}}","alias":"x","participants":[],"cursors":{"room":0} }"""
            ),
            Forged("room", room + 1, "role.changed", $$"""{"participantId":"{{members[0].ParticipantId}}","role":"lead"}"""),
            Forged("room", room + 2, "participant.removed", $$"""{"participantId":"{{members[1].ParticipantId}}","alias":"x"}"""),
            Forged("room", room + 3, "room.ended", "{}"),
        ];
        for (var n = 0; n < 3; n++)
        {
            await intruder
                .GetSubscriber()
                .PublishAsync(
                    RedisChannel.Literal($"gt:room:events:{evening.Session:n}"),
                    (byte[])[.. Guid.CreateVersion7().ToByteArray(), .. System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', forged)}]")]
                );
        }

        await intruder.GetSubscriber().PublishAsync(RedisChannel.Literal("gt:room:check"), Guid.CreateVersion7().ToByteArray());
        // Whatever was forged came before this, on both nodes.
        await lead.PostAsync("for the room alone");
        await members[1].PostAsync("between us", to: "facilitators");
        await lead.ReadsAsync(members[1].Own, "between us");
        foreach (var client in members.Append(lead))
        {
            await client.ReadsAsync("room", "for the room alone");
            Assert.True(client.IsWhole("room"));
            Assert.DoesNotContain("room.ended", client.Kinds("room"));
        }

        Assert.DoesNotContain("for the room alone", waiting.Wire, StringComparison.Ordinal);
        Assert.DoesNotContain("participant.admitted", waiting.Kinds(waiting.Own));
        Assert.DoesNotContain("between us", members[0].Wire, StringComparison.Ordinal);
        Assert.Equal("not-allowed", await members[0].RefusedAsync("Remove", new { participantId = members[1].ParticipantId, reason = "not theirs to do" }));
    }

    [Fact]
    public async Task A_node_that_stops_sends_its_people_elsewhere_and_nothing_is_lost()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await members[0].PostAsync("before");
        await members[0].ReadsAsync("room", "before");
        var cursors = members[0].Cursors();
        await world.B.App.StopAsync();
        await members[0].IsEndedAsync("moved");
        Assert.False(members[0].EndedTerminal);
        await lead.PostAsync("while moving");
        await using var back = await evening.EnterAsync(evening.Members[0], world.A, cursors, body: new { });
        Assert.Equal(["while moving"], back.Texts("room"));
        Assert.DoesNotContain("participant.left", lead.Kinds("room"));
    }

    [Fact]
    public async Task The_people_of_a_dead_node_have_left_when_its_lease_is_over()
    {
        await using var world = await RoomWorld.StartAsync(nodes: 1);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);

        // A node that died with its connection written: as kill -9 leaves it.
        members[0].Abort();
        await using (var work = await world.Db.BeginAsync(Platform.Security.Caller.System("test")))
        {
            await work.ExecuteAsync(
                """
                delete from connections where session_id = @id and participant_id = @p;
                delete from due_work where key like @id || '/leave/%';
                insert into nodes values (@node, clock_timestamp() - interval '1 second');
                insert into connections values ('dead', @id, @p, @node, @p, 'infinity', @Now, null);
                """,
                new
                {
                    id = evening.Session,
                    p = members[0].ParticipantId,
                    node = Guid.CreateVersion7(),
                    work.Now,
                }
            );
            await work.CommitAsync();
        }

        await lead.SeesAsync("room", "participant.left");
        Assert.Equal(0, await world.ReadAsync<long>("select count(*) from connections where connection_id = 'dead'"));
    }

    [Fact]
    public async Task A_node_that_was_thought_dead_lets_its_connections_go()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var (_, members) = await evening.LiveAsync(1);
        await using (var work = await world.Db.BeginAsync(Platform.Security.Caller.System("test")))
        {
            await work.ExecuteAsync("delete from connections where participant_id = @p", new { p = members[0].ParticipantId });
            await work.CommitAsync();
        }

        Assert.Equal("try-again", await members[0].RefusedAsync("Post", new { id = "1", text = "from the past" }));
        await members[0].IsEndedAsync("moved");
    }
}
