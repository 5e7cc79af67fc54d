using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>
/// A message that is decided from what is remembered of its sender's last one: whatever has changed since counts, though nobody told this node.
/// </summary>
public sealed class ChangedMeanwhileTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private const string OfMe = "where session_id = @session and participant_id = @me";
    private RoomWorld World => nodes.World;

    public static TheoryData<string, string, bool, string> Changes =>
        new()
        {
            { "muted", $"update participants set chat_muted = true {OfMe}", false, "muted" },
            { "removed", $"update participants set admission = 'removed' {OfMe}", false, "removed" },
            { "back in the waiting room", $"update participants set admission = 'waiting' {OfMe}", false, "not-admitted" },
            { "the permit lost", $"update participants set permit_lost = true {OfMe}", false, "not-allowed" },
            { "the permit over", $"update participants set permit_until = '2020-01-01Z' {OfMe}", false, "not-allowed" },
            { "the allowance used at another node", $"update participants set posts_refilled_at = '2200-01-01Z' {OfMe}", false, "too-fast" },
            { "an observer", $"update participants set role = 'observer' {OfMe}", true, "not-allowed" },
            { "no staff of this session", "delete from session_staff where session_id = @session", true, "not-allowed" },
            { "no facilitator", "insert into account_roles (account_id, roles, version) values (@account, '{member}', 2)", true, "not-allowed" },
            {
                "a facilitator of another practice alone",
                "insert into account_roles (account_id, roles, facilitator_in, version) values (@account, '{facilitator}', '{chicago}', 2)",
                true,
                "not-allowed"
            },
            { "no member", "insert into account_roles (account_id, roles, version) values (@account, '{facilitator}', 2)", false, "not-allowed" },
            { "the sign-in revoked", "insert into revoked_sign_ins (sign_in_id, revoked_at) values (@signIn, now())", false, "not-allowed" },
            { "the room held", "update sessions set phase = 'held' where session_id = @session", false, "room-held" },
            { "the session ended", "update sessions set phase = 'ended' where session_id = @session", false, "not-open" },
            { "slow mode", "update sessions set slow_seconds = 300 where session_id = @session", false, "slow-mode" },
            { "the connection ending", "update connections set ending = 'replaced' where connection_id = @connection", false, "not-admitted" },
            { "the connection closing", "update connections set closes_at = now() where connection_id = @connection", false, "not-allowed" },
            { "the connection given up", "delete from connections where connection_id = @connection", false, "try-again" },
        };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task What_another_changes_while_a_remembered_sender_s_message_waits_for_the_room_refuses_it(
        string change,
        string sql,
        bool isLead,
        string code
    )
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var refused = await RefusalAsync(World, evening, isLead ? lead : members[1], sql);
        // The node may have seen by itself that the connection has to end.
        Assert.True(refused == code || refused == "not-admitted", $"{change}: {refused ?? "said"}");
    }

    [Theory]
    [InlineData("update nodes set lease_until = clock_timestamp() - interval '1 second' where node_id = @node")]
    [InlineData("update nodes set term = term + 1 where node_id = @node")]
    public async Task A_node_whose_lease_is_over_appends_nothing_from_what_it_remembers(string sql)
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var (_, members) = await evening.LiveAsync(2);
        Assert.Equal("try-again", await RefusalAsync(world, evening, members[1], sql));
    }

    [Fact]
    public async Task Later_posts_of_a_participant_are_decided_from_memory_and_a_repeat_gets_its_first_answer()
    {
        await using var world = await RoomWorld.StartAsync(nodes: 1);
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await lead.PostAsync("first", id: "first");
        var first = await members[0].PostAsync("second", id: "second");
        var executor = world.A.Get<RoomExecutor>();
        var loads = executor.Loads;
        for (var n = 0; n < 5; n++)
        {
            await lead.PostAsync($"lead {n}");
            await members[0].PostAsync($"member {n}", to: n % 2 == 0 ? "everyone" : "facilitators");
        }

        Assert.Equal(loads, executor.Loads);
        // A repeat is not in memory, so it is looked up, and so is whatever memory would refuse.
        Assert.Equal(first.GetProperty("seq").GetInt64(), (await members[0].PostAsync("second", id: "second")).GetProperty("seq").GetInt64());
        Assert.Equal("id-reused", await members[0].RefusedAsync("Post", new { id = "second", text = "another" }));
        await lead.CallAsync("Mute", new { participantId = members[0].ParticipantId, chat = true });
        Assert.Equal("muted", await members[0].RefusedAsync("Post", new { id = "muted", text = "quiet" }));
        await lead.PostAsync("last");
        foreach (var client in members.Append(lead))
        {
            await client.ReadsAsync("room", "last");
            Assert.True(client.IsWhole("room"));
        }

        Assert.True(executor.Loads >= loads + 3);
    }

    [Fact]
    public async Task What_the_clock_ends_is_over_though_no_row_has_changed()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var account = await evening.MemberAsync();
        var lead = await evening.EnterAsync(evening.Lead);
        await lead.CallAsync("Open");
        await using var member = await evening.EnterAsync(account, world.A, signInLasts: TimeSpan.FromMinutes(3));
        await lead.CallAsync("AdmitAll");
        await member.PostAsync("in time");
        world.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Contains(
            (await world.A.Get<RoomExecutor>().RunAsync(world.A.PostOf(member, "too late", "too late"))).Refusal?.Code,
            new[] { "not-allowed", "not-admitted" }
        );
    }

    /// <summary>A second message of somebody, whose first was taken, while another has the room and changes something.</summary>
    private static async Task<string?> RefusalAsync(RoomWorld world, Evening evening, RoomClient client, string sql)
    {
        await client.PostAsync("before", id: "before");
        var post = world.A.PostOf(client, "after", "after");
        Task<Answer<PostedAt>> answer;
        await using (var work = await world.B.Get<Db>().BeginAsync(Caller.System("test")))
        {
            await work.ExecuteAsync("select 1 from sessions where session_id = @Session for no key update", new { evening.Session });
            await work.ExecuteAsync($"{sql}; update sessions set version = version + 1 where session_id = @session", Names(world, evening, client));
            answer = world.A.Get<RoomExecutor>().RunAsync(post);
            await Eventually.Async(
                async () =>
                    await world.ReadAsync<long>(
                        """
                        select count(*) from pg_stat_activity
                        where datname = current_database() and wait_event_type = 'Lock' and query similar to '%(fence_rooms|sessions)%'
                        """
                    ) >= 1,
                () => $"the message does not wait for the room{(answer.IsCompleted ? ": it was answered" : "")}"
            );
            await work.CommitAsync();
        }

        var code = (await answer).Refusal?.Code;
        Assert.Equal(0, await world.ReadAsync<long>("select count(*) from posts where session_id = @Session and client_id = 'after'", new { evening.Session }));
        return code;
    }

    private static object Names(RoomWorld world, Evening evening, RoomClient client)
    {
        var connection = world.A.ConnectionOf(client);
        return new
        {
            session = evening.Session,
            me = client.ParticipantId,
            account = connection.Caller.AccountId,
            signIn = connection.Caller.SignInId,
            connection = connection.ConnectionId,
            node = world.A.Get<LiveRooms>().NodeId,
        };
    }
}
