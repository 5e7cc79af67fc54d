using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.History;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Room.Tests;

/// <summary>Small evenings, recorded by the clients that the system tests use and judged by <c>tests/tools/check_history.py</c>.</summary>
public sealed class RecordedHistoryTests
{
    private const string Everything = "chat,private,removal,facilitator";

    [Fact]
    public async Task A_small_evening_with_private_words_a_waiting_room_a_removal_and_lost_connections_is_judged_clean()
    {
        await using var world = await RoomWorld.StartAsync();
        await using var recorded = await Recording.StartAsync(world, "clean");
        await recorded.EveningAsync();
        await recorded.JudgedAsync(0);
    }

    [Theory]
    [InlineData("drops a message", "C4_gap")]
    [InlineData("swaps two messages", "C3_reorder")]
    [InlineData("shows a message twice", "C2_duplicate")]
    [InlineData("shows somebody else's private word", "P1_private_leak")]
    [InlineData("shows words as another's", "C7_spoofed_sender")]
    public async Task A_client_that_is_not_true_to_what_it_was_sent_is_found_out(string what, string violation)
    {
        await using var world = await RoomWorld.StartAsync();
        await using var recorded = await Recording.StartAsync(world, "planted");
        var (shown, kept) = (0, default(Shown));
        recorded.Members[0].Distorts = message => message.Stream != Scene.Room ? [message] : (what, ++shown) switch
        {
            ("drops a message", 3) => [],
            ("swaps two messages", 3) => Keep(message),
            ("swaps two messages", 4) => [message, kept!],
            ("shows a message twice", 3) => [message, message],
            ("shows somebody else's private word", 3) => [message, recorded.PrivateWord with { From = recorded.Members[1].Name }],
            ("shows words as another's", 3) => [message with { From = "somebody else" }],
            _ => [message],
        };
        await recorded.EveningAsync();
        Assert.Contains(violation, (await recorded.JudgedAsync(1)).Violations);

        IEnumerable<Shown> Keep(Shown message)
        {
            kept = message;
            return [];
        }
    }

    [Fact]
    public async Task Commits_whose_answer_was_lost_on_the_way_from_the_database_count_once()
    {
        await using var database = await TestDatabase
            .CreateAsync("room", owner => Migrator.MigrateAsync(owner, "room", typeof(RoomApp).Assembly, TimeProvider.System));
        var direct = new NpgsqlConnectionStringBuilder(database.Runtime);
        await using var proxy = await FaultProxy.BeforeAsync(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(database.Runtime) { Port = proxy.Port };
        await using var world = await RoomWorld.StartAsync(connection: through.ConnectionString);
        await HeldCommits.AllowAsync(database.Owner);
        await using var recorded = await Recording.StartAsync(world, "commit");
        await recorded.EveningAsync(async () =>
        {
            for (var cut = 1; cut <= 2; cut++)
            {
                List<Task<(string Cid, bool Acknowledged)>> posts;
                await using (var held = await HeldCommits.HoldAsync(database.Owner))
                {
                    posts = [.. recorded.Members.Select(m => m.SayAsync(Scene.Everyone))];
                    await held.WaitingAsync();
                    recorded.History.Add("fault", new { id = $"cut-{cut}", kind = "cut after COMMIT", target = "room nodes and PostgreSQL" });
                    await proxy.TellAsync("reset");
                }

                Assert.All(await Task.WhenAll(posts), p => Assert.True(p.Acknowledged, $"{p.Cid} was never acknowledged"));
                recorded.History.Add("probe", new { name = "posts", ok = true });
            }
        });
        var verdict = await recorded.JudgedAsync(0, Everything + ",fault");
        Assert.Equal(0, (int)verdict.Metrics["chat"]!["lost_acked"]!);
    }

    [Fact]
    public async Task Messages_that_come_late_twice_and_in_any_order_change_nothing_in_a_room_that_talks()
    {
        await using var world = await RoomWorld.StartAsync();
        await using var recorded = await Recording.StartAsync(world, "reordered");
        await recorded.EveningAsync(() => recorded.StaleNewsAsync(new Random(Random.Shared.Next())));
        await recorded.JudgedAsync(0);
        Assert.All(recorded.Members.Take(2).Append(recorded.Lead).Append(recorded.Co), who =>
            Assert.Contains(who.Out, new[] { null, "room-ended", "session-ended" }));
    }

    /// <summary>One room with a lead, a co-facilitator on the other node and three members, recorded.</summary>
    private sealed class Recording : IAsyncDisposable
    {
        private readonly Evening _evening;

        private Recording(Evening evening, string name)
        {
            _evening = evening;
            History = HistoryFile.Start(name, new { safe_ms = 30_000 });
            Scene = new Scene(History, evening.Session);
        }

        public HistoryFile History { get; }

        public Scene Scene { get; }

        public Guest Lead { get; private set; } = null!;

        public Guest Co { get; private set; } = null!;

        public List<Guest> Members { get; } = [];

        /// <summary>What the second member said to the facilitators alone.</summary>
        public Shown PrivateWord => new(Scene.PrivateOf(Members[1].ParticipantId), $"{Members[1].Name}-1", 3, Members[1].Name);

        private IEnumerable<Guest> All => [Lead, Co, .. Members];

        public static async Task<Recording> StartAsync(RoomWorld world, string name)
        {
            var evening = await world.EveningAsync();
            var recording = new Recording(evening, name);
            (recording.Lead, recording.Co) = (recording.Person("lead", evening.Lead, 0), recording.Person("co", evening.Co, 1));
            for (var n = 0; n < 3; n++)
            {
                recording.Members.Add(recording.Person($"member{n}", await evening.MemberAsync(), n));
            }

            return recording;
        }

        public async Task EveningAsync(Func<Task>? meanwhile = null)
        {
            foreach (var guest in All)
            {
                guest.Arrive();
                await guest.HasEnteredAsync();
            }

            await Lead.ActAsync("Open");
            await Lead.ActAsync("AdmitAll");
            await Task.WhenAll(Members.Select(m => m.IsInAsync()));
            Assert.True((await Members[1].SayAsync(Scene.Facilitators)).Acknowledged);
            for (var round = 0; round < 3; round++)
            {
                await Task.WhenAll(All.Select(g => g.SayAsync(Scene.Everyone)));
                await Task.WhenAll(Members[0].SayAsync(Scene.Facilitators), Co.SayAsync(Members[0].Name), Lead.SayAsync(Scene.Facilitators));
                Members[round].Stumble();
            }

            await (meanwhile?.Invoke() ?? Task.CompletedTask);
            await SendOutAndLetInAsync(Members[0]);
            Assert.Null(await Lead.ActAsync("Remove", new { participantId = Members[2].ParticipantId, reason = "recorded" }));
            Scene.Removed(Members[2].Name, "removal", Scene.Room, Scene.PrivateOf(Members[2].ParticipantId));
            await Task.WhenAll(new[] { Lead, Co, Members[0], Members[1] }.Select(g => g.SayAsync(Scene.Everyone)));
            await Eventually.Async(() => Members[2].Knocks > 0, () => "the removed member did not knock");
            await EndAsync();
        }

        /// <summary>
        /// What is true is told; then it again, and what was true before it, each twice under one id and once under another, in any order and at either
        /// node.
        /// </summary>
        public async Task StaleNewsAsync(Random random)
        {
            var (world, plan, now) = (_evening.World, _evening.Plan with { Version = 9 }, _evening.World.Clock.GetUtcNow());
            var news = new List<Func<Task>>();
            await world.DeliverAsync<MoveRoomWhenSessionRescheduled, SessionRescheduled>(new(plan, now));
            await world.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(_evening.Lead, ["facilitator"], ["grouport"], 9, now));
            Thrice<MoveRoomWhenSessionRescheduled, SessionRescheduled>(new(plan, now));
            Thrice<MoveRoomWhenSessionRescheduled, SessionRescheduled>(
                new(plan with { StartsAt = plan.StartsAt.AddHours(3), EndsAt = plan.EndsAt.AddHours(3), Version = 3 }, now));
            Thrice<PlanRoomWhenSessionScheduled, SessionScheduled>(new(plan with { Version = 1 }, now));
            Thrice<CancelRoomWhenSessionCancelled, SessionCancelled>(new(plan with { Cancelled = true, Version = 4 }, now));
            Thrice<HandOverRoomWhenFacilitatorSubstituted, FacilitatorSubstituted>(
                new(plan with { LeadFacilitatorId = Guid.CreateVersion7(), Version = 5 }, now));
            Thrice<CloseConnectionsWhenRolesChanged, RolesChanged>(new(_evening.Lead, ["member"], [], 8, now));
            foreach (var member in _evening.Members)
            {
                await _evening.PermitAsync(member, 9);
                await world.DeliverAsync<ExpectMemberWhenEnrollmentConfirmed, EnrollmentConfirmed>(new(member, plan.GroupId, member, 9, now));
                Thrice<ApplyPermitWhenPermitChanged, PermitChanged>(_evening.Permit(member, 9));
                Thrice<ApplyPermitWhenPermitChanged, PermitChanged>(_evening.Permit(member, 5, withdrawn: true));
                Thrice<ApplyPermitWhenPermitChanged, PermitChanged>(_evening.Permit(member, 6, florida: "deny"));
                Thrice<ForgetMemberWhenEnrollmentEnded, EnrollmentEnded>(new(member, plan.GroupId, member, "cancelled", 8, now));
            }

            var shuffled = news.ToArray();
            random.Shuffle(shuffled);
            foreach (var some in shuffled.Chunk(6))
            {
                await Task.WhenAll(some.Select(deliver => deliver()).Append(Lead.SayAsync(Scene.Everyone)));
            }

            await Task.WhenAll(All.Select(g => g.SayAsync(Scene.Everyone)));

            void Thrice<TConsumer, TMessage>(TMessage message)
                where TConsumer : Platform.Messaging.TransactionalConsumer<TMessage>
                where TMessage : class
            {
                var same = Guid.CreateVersion7();
                foreach (var (id, node) in new[] { (same, 0), (same, 1), (Guid.CreateVersion7(), random.Next(2)) })
                {
                    news.Add(() => world.DeliverAsync<TConsumer, TMessage>(message, id, node));
                }
            }
        }

        public async Task<Verdict> JudgedAsync(int exit, string require = Everything)
        {
            History.Dispose();
            var verdict = await Judge.CheckAsync(History.Path, require);
            Assert.True(verdict.Exit == exit, $"The judge ended with {verdict.Exit} and not {exit} on {History.Path}: {verdict.Report.ToJsonString()}");
            Assert.Empty(Scene.Oddities);
            File.Delete(History.Path);
            return verdict;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var guest in All)
            {
                await guest.DisposeAsync();
            }

            History.Dispose();
        }

        private async Task SendOutAndLetInAsync(Guest member)
        {
            Assert.Null(await Lead.ActAsync("SendToWaiting", new { participantId = member.ParticipantId }));
            Scene.Removed(member.Name, "sent to waiting", Scene.Room);
            await Task.WhenAll(Lead.SayAsync(Scene.Everyone), Lead.SayAsync(member.Name));
            await Eventually.Async(() => !member.IsIn, () => "who was sent to waiting was not told");
            Scene.LetsInAgain(member.Name);
            Assert.Null(await Lead.ActAsync("Admit", new { participantId = member.ParticipantId }));
            await member.IsInAsync();
        }

        private async Task EndAsync()
        {
            using var http = _evening.World.A.As(_evening.Lead, _evening.RolesOf(_evening.Lead));
            var logs = new Dictionary<string, List<JsonNode>>();
            foreach (var stream in Scene.Streams)
            {
                var page = JsonNode.Parse(await http.GetStringAsync($"/api/sessions/{_evening.Session}/events?stream={stream}&limit=500"))!;
                logs[stream] = [.. page["items"]!.AsArray().Select(e => e!)];
            }

            var (room, last) = (Scene.Room, (long)logs[Scene.Room][^1]["seq"]!);
            await Eventually.Async(() => All.Where(g => g.Out is null).All(g => g.HasSeenUpTo(room, last)), () => "not everybody was told everything");
            foreach (var guest in All.Where(g => g.Out is null))
            {
                guest.Drain();
            }

            foreach (var (stream, events) in logs)
            {
                History.Add("final", Scene.Final(stream, events));
            }

            await Lead.ActAsync("End", new { reason = "recorded" });
            await Eventually.Async(() => Scene.Phase == "ended", () => "nobody saw the end");
        }

        private Guest Person(string name, Guid account, int node)
        {
            var at = _evening.World.Nodes[node % _evening.World.Nodes.Count];
            var roles = _evening.RolesOf(account);
            var http = at.As(account, roles);
            return new Guest(
                Scene, name, () => Task.FromResult(new Door(http, at.Address, at.Tokens.For("room", account, roles, ["grouport"]))), account == _evening.Lead
                    || account == _evening.Co ? null : "US-FL");
        }
    }

    /// <summary>Makes commits of posts wait, so that a test can break a connection between COMMIT and its answer.</summary>
    private sealed class HeldCommits(NpgsqlConnection connection) : IAsyncDisposable
    {
        public static async Task AllowAsync(string owner)
        {
            await using var setUp = new NpgsqlConnection(owner);
            await setUp.OpenAsync();
            await using var command = new NpgsqlCommand(
                """
                create function wait_for_the_test() returns trigger language plpgsql as
                $$ begin perform pg_advisory_xact_lock_shared(4711); return null; end $$;
                create constraint trigger held after insert on posts deferrable initially deferred for each row execute function wait_for_the_test();
                """, setUp);
            await command.ExecuteNonQueryAsync();
        }

        public static async Task<HeldCommits> HoldAsync(string owner)
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("select pg_advisory_lock(4711)", connection);
            await command.ExecuteNonQueryAsync();
            return new HeldCommits(connection);
        }

        /// <summary>Returns when a COMMIT was sent and waits.</summary>
        public Task WaitingAsync() => Eventually.Async(
            async () =>
            {
                await using var command = new NpgsqlCommand(
                    "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted", connection);
                return (long)(await command.ExecuteScalarAsync())! > 0;
            },
            () => "no commit of a post was seen waiting");

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
