using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Live;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>A message that is decided from what is remembered of its sender's last one: whatever has changed since counts, though nobody told this node.</summary>
public sealed class RememberedPostsTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private const string OfMe = "where session_id = @session and participant_id = @me";
    private RoomWorld World => nodes.World;

    public static TheoryData<string, string, bool, string> Changes => new()
    {
        { "muted", $"update participants set chat_muted = true {OfMe}", false, "muted" },
        { "removed", $"update participants set admission = 'removed' {OfMe}", false, "removed" },
        { "back in the waiting room", $"update participants set admission = 'waiting' {OfMe}", false, "not-admitted" },
        { "the permit lost", $"update participants set permit_lost = true {OfMe}", false, "not-allowed" },
        { "the permit over", $"update participants set permit_until = '2020-01-01Z' {OfMe}", false, "not-allowed" },
        { "the allowance used at another node", $"update participants set posts_settle_at = '2200-01-01Z' {OfMe}", false, "too-fast" },
        { "an observer", $"update participants set role = 'observer' {OfMe}", true, "not-allowed" },
        { "no staff of this session", "delete from session_staff where session_id = @session", true, "not-allowed" },
        { "no facilitator", "insert into account_roles (account_id, roles, version) values (@account, '{member}', 2)", true, "not-allowed" },
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
    public async Task What_another_changes_while_a_remembered_sender_s_message_waits_for_the_room_refuses_it(string change, string sql, bool isLead, string code)
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
    public async Task Who_changed_is_looked_up_and_the_others_of_the_batch_do_not_wait_for_it()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await lead.PostAsync("first");
        await members[1].PostAsync("second");
        await ChangeAsync(World.B.Get<Db>(), evening, members[1], $"update participants set permit_until = '2200-01-01Z' {OfMe}");
        var (remembered, batch) = (World.A.Get<RememberedPosts>(), new[] { Of(lead, "third"), Of(members[1], "fourth") });
        var answers = await remembered.WriteAsync(batch);
        Assert.NotNull(answers);
        Assert.Equal(3, answers[0]!.Value!.Seq - await FirstAsync(evening) + 1);
        Assert.Null(answers[1]);
        // Forgotten: all of the next batch are looked up, and then remembered as they are now.
        Assert.Null(await remembered.WriteAsync(batch));
        Assert.All(await World.A.Get<PostBatch>().WriteAsync(batch), a => Assert.NotNull(a.Value));
        Assert.All((await remembered.WriteAsync([Of(lead, "fifth"), Of(members[1], "sixth")]))!, a => Assert.NotNull(a!.Value));

        await members[0].ReadsAsync("room", "sixth");
        Assert.Equal(["first", "second", "third", "fourth", "fifth", "sixth"], members[0].Texts("room"));
        Assert.True(members[0].IsWhole("room"));
    }

    [Fact]
    public async Task A_repeat_is_answered_as_it_was_and_another_text_under_its_id_is_refused()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        var seq = (await lead.PostAsync("once", id: "once")).GetProperty("seq").GetInt64();
        var remembered = World.A.Get<RememberedPosts>();
        Assert.Equal(seq, (await remembered.WriteAsync([Of(lead, "once")]))![0]!.Value!.Seq);
        Assert.Equal("id-reused", (await remembered.WriteAsync([Of(lead, "once") with { Text = "twice" }]))![0]!.Refusal!.Code);
        Assert.Equal(seq + 1, (await remembered.WriteAsync([Of(lead, "next")]))![0]!.Value!.Seq);
        // Two of one person are counted against each other, and one person is looked up whom something is said to.
        Assert.Null(await remembered.WriteAsync([Of(lead, "a"), Of(lead, "b")]));
        Assert.Null(await remembered.WriteAsync([Of(lead, "c") with { To = lead.ParticipantId.ToString() }]));
    }

    [Fact]
    public async Task What_is_remembered_after_a_message_is_what_the_sender_s_row_says()
    {
        var evening = await World.EveningAsync();
        var (_, members) = await evening.LiveAsync(2);
        var (connection, remembered) = (Of(members[1], "").Connection, World.A.Get<RememberedPosts>());
        await members[1].PostAsync("0", id: "0");
        for (var n = 1; n <= 2 * MessageRules.Burst; n++)
        {
            if (await remembered.WriteAsync([Of(members[1], $"{n}") with { To = n % 3 == 0 ? MessageRules.Facilitators : MessageRules.Everyone }]) is null)
            {
                // Too fast, by what is remembered: that alone refuses nobody.
                World.Clock.Advance(MessageRules.PostEvery);
            }

            await using var work = await World.Db.BeginAsync(Caller.System("test"));
            var read = (await RoomAccess.ForAsync(work, connection, RoomAct.Post, World.A.Get<LiveRooms>())).Value!;
            Assert.Equal(read.Me, connection.Remembered!.Me);
            Assert.Equal(read.Remember(read.Me, null).Facts, connection.Remembered.Facts);
        }
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
        var post = Of(world, member, "too late");
        Assert.NotNull(post.Connection.Remembered);
        world.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Null(await world.A.Get<RememberedPosts>().WriteAsync([post]));
        Assert.Contains((await world.A.Get<PostQueue>().AskAsync(post)).Refusal?.Code, new[] { "not-allowed", "not-admitted" });
    }

    /// <summary>A second message of somebody, whose first was taken, while another has the room and changes something.</summary>
    private static async Task<string?> RefusalAsync(RoomWorld world, Evening evening, RoomClient client, string sql)
    {
        await client.PostAsync("before", id: "before");
        var post = Of(world, client, "after");
        Assert.NotNull(post.Connection.Remembered);
        Task<Answer<Posted>> answer;
        await using (var work = await world.B.Get<Db>().BeginAsync(Caller.System("test")))
        {
            await work.ExecuteAsync("select 1 from sessions where session_id = @Session for no key update", new { evening.Session });
            await work.ExecuteAsync(sql, Names(world, evening, client));
            answer = world.A.Get<PostQueue>().AskAsync(post);
            await Eventually.Async(
                async () => await world.ReadAsync<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'select 1 from sessions %'") == 1,
                () => "the message does not wait for the room as one of a remembered sender");
            await work.CommitAsync();
        }

        var code = (await answer).Refusal?.Code;
        Assert.Equal(0, await world.ReadAsync<long>("select count(*) from posts where session_id = @Session and client_id = 'after'", new { evening.Session }));
        return code;
    }

    private static async Task ChangeAsync(Db db, Evening evening, RoomClient client, string sql)
    {
        await using var work = await db.BeginAsync(Caller.System("test"));
        await work.ExecuteAsync(sql, new { session = evening.Session, me = client.ParticipantId });
        await work.CommitAsync();
    }

    private static object Names(RoomWorld world, Evening evening, RoomClient client)
    {
        var connection = Of(world, client, "").Connection;
        return new
        {
            session = evening.Session, me = client.ParticipantId, account = connection.Caller.AccountId, signIn = connection.Caller.SignInId,
            connection = connection.ConnectionId, node = world.A.Get<LiveRooms>().NodeId,
        };
    }

    private Task<long> FirstAsync(Evening evening) => World.ReadAsync<long>("select min(seq) from posts where session_id = @Session", new { evening.Session });

    private Post Of(RoomClient client, string text) => Of(World, client, text);

    /// <summary>A message of somebody who came in on the first node; its text is its id.</summary>
    private static Post Of(RoomWorld world, RoomClient client, string text) =>
        new(world.A.Get<LiveRooms>().Connections.First(c => c.Entry?.ParticipantId == client.ParticipantId), text, text, MessageRules.Everyone);
}
