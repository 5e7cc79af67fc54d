using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Reactions, hidden messages, slow mode and the turn to speak.</summary>
public sealed class AnsweringTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task A_reaction_stands_once_in_the_stream_of_its_message()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var said = (await lead.PostAsync("how are you?")).GetProperty("seq").GetInt64();
        await members[0].CallAsync("React", new { stream = "room", seq = said, emoji = "👍" });
        await members[0].CallAsync("React", new { stream = "room", seq = said, emoji = "👍" });
        await members[1].CallAsync("React", new { stream = "room", seq = said, emoji = "👍" });
        await members[0].CallAsync("React", new { stream = "room", seq = said, emoji = "❤️" });
        var whispered = (await members[0].PostAsync("only to you", "facilitators")).GetProperty("seq").GetInt64();
        await lead.CallAsync("React", new { stream = members[0].Own, seq = whispered, emoji = "🙏" });
        await members[0].SeesAsync(members[0].Own, "reaction.added");
        await Eventually.Async(() => members[1].Kinds("room").Count(k => k == "reaction.added") == 3, () => "three reactions were not seen");
        Assert.Equal(["👍", "👍", "❤️"], members[1].Of("room").Where(Reaction).Select(e => e.GetProperty("data").GetProperty("emoji").GetString()));
        Assert.Equal(members[0].ParticipantId, members[1].Of("room").First(Reaction).GetProperty("by").GetProperty("participantId").GetGuid());
        Assert.Equal(said, members[1].Of("room").First(Reaction).GetProperty("data").GetProperty("seq").GetInt64());
        Assert.DoesNotContain("🙏", members[1].Wire, StringComparison.Ordinal);
        Assert.Equal(0, await World.ReadAsync<long>(
            "select count(*) from room_events where session_id = @id and kind = 'reaction.added' and data is not null", new { id = evening.Session }));
        Assert.True(members[1].IsWhole("room"));

        static bool Reaction(JsonElement e) => e.GetProperty("kind").GetString() == "reaction.added";
    }

    [Fact]
    public async Task H29_One_reacts_to_what_one_may_read_with_one_emoji_and_nothing_else()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var early = (await lead.PostAsync("before you came")).GetProperty("seq").GetInt64();
        var whisper = (await members[1].PostAsync("psst", "facilitators")).GetProperty("seq").GetInt64();
        var staff = (await lead.PostAsync("among us", "facilitators")).GetProperty("seq").GetInt64();
        await using var late = await evening.EnterAsync(await evening.MemberAsync());
        await lead.CallAsync("AdmitAll");
        await late.SeesAsync("room", "participant.joined");
        var said = (await lead.PostAsync("now")).GetProperty("seq").GetInt64();
        var before = await CountAsync(evening);

        Task<string> TryAsync(RoomClient who, string stream, long seq, string emoji) => who.RefusedAsync("React", new { stream, seq, emoji });
        Assert.Equal("not-allowed", await TryAsync(members[0], members[1].Own, whisper, "👍"));
        Assert.Equal("not-allowed", await TryAsync(members[0], $"private:{Guid.CreateVersion7()}", 1, "👍"));
        Assert.Equal("not-allowed", await TryAsync(members[0], "staff", staff, "👍"));
        Assert.Equal("not-allowed", await TryAsync(members[0], "nowhere", 1, "👍"));
        Assert.Equal("not-found", await TryAsync(late, "room", early, "👍"));
        Assert.Equal("not-found", await TryAsync(members[0], "room", 1, "👍"));
        Assert.Equal("not-found", await TryAsync(members[0], "room", -1, "👍"));
        Assert.Equal("not-found", await TryAsync(members[0], "room", 9999, "👍"));
        foreach (var none in new[] { "", "ok", "👍👍", "<img src=x onerror=alert(1)>", string.Concat(Enumerable.Repeat("👩‍", 2000)) + "👩" })
        {
            Assert.Equal("bad-request", await TryAsync(members[0], "room", said, none));
        }

        Assert.Equal("not-allowed", await members[0].RefusedAsync("Hide", new { stream = "room", seq = said, reason = "mine now" }));
        Assert.Equal("", await members[0].RefusedAsync("Edit", new { stream = "room", seq = said, text = "never said" }));
        Assert.Equal("", await members[0].RefusedAsync("Delete", new { stream = "room", seq = said }));
        await lead.CallAsync("Mute", new { participantId = members[0].ParticipantId, chat = true });
        Assert.Equal("muted", await TryAsync(members[0], "room", said, "👍"));
        Assert.Equal(before + 1, await CountAsync(evening));
        await lead.CallAsync("Hide", new { stream = "room", seq = said, reason = "enough" });
        Assert.Equal("not-found", await TryAsync(members[1], "room", said, "👍"));
    }

    [Fact]
    public async Task Hands_and_reactions_have_their_limits()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var said = (await lead.PostAsync("react to this")).GetProperty("seq").GetInt64();
        var reactions = new List<string>();
        foreach (var emoji in new[] { "😀", "😁", "😂", "😃", "😄", "😅", "😆", "😇", "😈", "😉", "😊", "😋", "😌", "😍", "😎" })
        {
            reactions.Add(await members[0].RefusedAsync("React", new { stream = "room", seq = said, emoji }));
        }

        Assert.Contains("too-fast", reactions);
        Assert.All(reactions.Take(10), r => Assert.Equal("(no refusal)", r));
        var hands = new List<string>();
        for (var n = 0; n < 8; n++)
        {
            hands.Add(await members[0].RefusedAsync("RaiseHand"));
            await members[0].CallAsync("LowerHand", new { });
        }

        Assert.Contains("too-fast", hands);
        Assert.All(hands.Take(5), r => Assert.Equal("(no refusal)", r));
    }

    [Fact]
    public async Task A_hidden_message_keeps_its_text_from_every_member_who_reads_later_and_from_no_staff()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var cursors = members[0].Cursors();
        var said = (await members[1].PostAsync("something harmful")).GetProperty("seq").GetInt64();
        var whispered = (await members[0].PostAsync("a cruel whisper", "facilitators")).GetProperty("seq").GetInt64();
        await members[0].ReadsAsync("room", "something harmful");
        await lead.CallAsync("Hide", new { stream = "room", seq = said, reason = "it names somebody" });
        await lead.CallAsync("Hide", new { stream = "room", seq = said, reason = "again" });
        await lead.CallAsync("Hide", new { stream = members[0].Own, seq = whispered, reason = "cruel" });
        await members[0].SeesAsync("room", "message.hidden");
        await members[0].SeesAsync(members[0].Own, "message.hidden");
        var told = members[0].Of("room").Where(e => e.GetProperty("kind").GetString() == "message.hidden").ToList();
        Assert.Equal(said, Assert.Single(told).GetProperty("data").GetProperty("seq").GetInt64());

        // Back with cursors from before it, on both nodes; and with none at all.
        foreach (var (node, from) in new[] { (World.A, (object?)cursors), (World.B, cursors), (World.B, null) })
        {
            await using var back = await evening.EnterAsync(evening.Members[0], node, from, body: new { });
            Assert.DoesNotContain("something harmful", back.Wire, StringComparison.Ordinal);
            Assert.DoesNotContain("a cruel whisper", back.Wire, StringComparison.Ordinal);
            var hidden = back.Of("room").Single(e => e.GetProperty("seq").GetInt64() == said).GetProperty("data");
            Assert.Equal((JsonValueKind.Null, true), (hidden.GetProperty("text").ValueKind, hidden.GetProperty("hidden").GetBoolean()));
            Assert.True(back.IsWhole("room"));
        }

        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Contains("something harmful", co.Texts("room"));
        Assert.Contains("a cruel whisper", co.Texts(members[0].Own));
        using var http = World.A.As(evening.Lead, "facilitator");
        Assert.Contains("something harmful", await http.GetStringAsync($"/api/sessions/{evening.Session}/events?stream=room"), StringComparison.Ordinal);

        Assert.Equal("not-found", await lead.RefusedAsync("Hide", new { stream = "room", seq = 1, reason = "no message" }));
        Assert.Equal("not-found", await lead.RefusedAsync("Hide", new { stream = "room", seq = 999, reason = "nothing" }));
        Assert.Equal("bad-request", await lead.RefusedAsync("Hide", new { stream = "room", seq = said, reason = " " }));
        Assert.Equal(2, await World.ReadAsync<long>(
            "select count(*) from moderation_notes where session_id = @id and act = 'message.hidden'", new { id = evening.Session }));
        Assert.DoesNotContain("it names somebody", members[0].Wire + lead.Wire, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(700)]
    public async Task A_client_that_is_catching_up_never_gets_the_text_of_a_hidden_message(int newer)
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var cursors = members[0].Cursors();
        await FillAsync(evening, 1500);
        var harmful = (await members[1].PostAsync("harm for the slow")).GetProperty("seq").GetInt64();
        await lead.CallAsync("Hide", new { stream = "room", seq = harmful, reason = "harm" });
        await FillAsync(evening, newer);

        await Eventually.Async(() => lead.Cursors()["room"] > harmful + newer, () => "this node did not serve all of it");

        // Beyond the thousand of the answer: from what this node still has in hand, or from the log.
        await using var back = await evening.EnterAsync(evening.Members[0], World.A, cursors, body: new { });
        Assert.True(back.Cursors()["room"] >= 1000);
        await lead.PostAsync("newest");
        await back.ReadsAsync("room", "newest");
        Assert.DoesNotContain("harm for the slow", back.Wire, StringComparison.Ordinal);
        Assert.True(back.Of("room").Single(e => e.GetProperty("seq").GetInt64() == harmful).GetProperty("data").GetProperty("hidden").GetBoolean());
        Assert.True(back.IsWhole("room"));
    }

    [Fact]
    public async Task In_slow_mode_a_member_speaks_to_all_once_in_so_many_seconds_over_all_tabs_and_nodes()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A, body: new { });
        Assert.Equal("bad-request", await lead.RefusedAsync("SlowMode", new { seconds = 301 }));
        Assert.Equal("bad-request", await lead.RefusedAsync("SlowMode", new { seconds = -1 }));
        Assert.Equal("not-allowed", await members[0].RefusedAsync("SlowMode", new { seconds = 0 }));
        await lead.CallAsync("SlowMode", new { seconds = 15 });
        await lead.CallAsync("SlowMode", new { seconds = 15 });
        await members[0].SeesAsync("room", "room.slowed");

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(n => (n % 2 == 0 ? tab : members[0]).RefusedAsync("Post", new { id = $"s{n}", text = "me first" })));
        Assert.Equal(1, answers.Count(a => a == "(no refusal)"));
        Assert.Equal(7, answers.Count(a => a == "slow-mode"));
        await members[0].PostAsync("help me", "facilitators");
        await members[0].PostAsync("please", "facilitators");
        await lead.PostAsync("staff are free");
        await lead.PostAsync("always");
        await members[1].PostAsync("each has their own");
        // Shorter than the facilitator's grace, so that the room is not held.
        World.Clock.Advance(TimeSpan.FromSeconds(16));
        await tab.PostAsync("my turn again");
        Assert.Equal("slow-mode", await members[0].RefusedAsync("Post", new { id = "later", text = "too soon" }));
        await lead.CallAsync("SlowMode", new { seconds = 0 });
        await members[0].PostAsync("free");
        Assert.Equal(2, await World.ReadAsync<long>(
            "select count(*) from room_events where session_id = @id and kind = 'room.slowed'", new { id = evening.Session }));
    }

    [Fact]
    public async Task The_turn_passes_lowers_the_hand_and_ends_when_its_holder_goes()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(3);
        await members[0].CallAsync("RaiseHand");
        await lead.CallAsync("GiveTurn", new { participantId = members[0].ParticipantId });
        await lead.CallAsync("GiveTurn", new { participantId = members[0].ParticipantId });
        await lead.CallAsync("GiveTurn", new { participantId = members[1].ParticipantId });
        await lead.CallAsync("GiveTurn", new { });
        await lead.CallAsync("GiveTurn", new { participantId = members[1].ParticipantId });
        await members[1].CallAsync("Leave");
        await lead.CallAsync("GiveTurn", new { participantId = members[0].ParticipantId });
        await lead.CallAsync("SendToWaiting", new { participantId = members[0].ParticipantId });
        await lead.CallAsync("GiveTurn", new { participantId = members[2].ParticipantId });
        await lead.CallAsync("Remove", new { participantId = members[2].ParticipantId, reason = "so" });
        Assert.Equal("not-found", await lead.RefusedAsync("GiveTurn", new { participantId = members[0].ParticipantId }));
        Assert.Equal("not-found", await lead.RefusedAsync("GiveTurn", new { participantId = Guid.CreateVersion7() }));
        await lead.PostAsync("so far");
        await lead.ReadsAsync("room", "so far");
        Guid?[] expected = [members[0].ParticipantId, members[1].ParticipantId, null, members[1].ParticipantId, null, members[0].ParticipantId, null,
            members[2].ParticipantId, null];
        Assert.Equal(expected, lead.Of("room").Where(e => e.GetProperty("kind").GetString() == "turn.given")
            .Select(e => e.GetProperty("data").GetProperty("participantId") is { ValueKind: JsonValueKind.String } id ? id.GetGuid() : (Guid?)null));
        Assert.Contains("hand.lowered", lead.Kinds("room"));
    }

    [Fact]
    public async Task H23_The_turn_and_the_hand_are_the_persons_whichever_tab_leaves()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A, body: new { });
        await lead.CallAsync("GiveTurn", new { participantId = members[0].ParticipantId });
        await tab.CallAsync("RaiseHand");
        await tab.CallAsync("Leave");
        await lead.PostAsync("one tab left");
        await members[0].ReadsAsync("room", "one tab left");
        Assert.DoesNotContain("participant.left", lead.Kinds("room"));
        Assert.Equal(1, lead.Kinds("room").Count(k => k == "turn.given"));
        Assert.True(await World.ReadAsync<bool>(
            "select hand_seq is not null from participants where participant_id = @p", new { p = members[0].ParticipantId }));
        using var http = World.A.As(evening.Lead, "facilitator");
        var attendance = JsonDocument.Parse(await http.GetStringAsync($"/api/sessions/{evening.Session}/attendance")).RootElement.GetProperty("items")[0];
        Assert.Equal((1, JsonValueKind.Null),
            (attendance.GetProperty("segments").GetArrayLength(), attendance.GetProperty("segments")[0].GetProperty("leftAt").ValueKind));
        await members[0].CallAsync("Leave");
        await lead.SeesAsync("room", "participant.left");
        Assert.Equal(2, lead.Kinds("room").Count(k => k == "turn.given"));
    }

    private Task<long> CountAsync(Evening evening) =>
        World.ReadAsync<long>("select count(*) from room_events where session_id = @id", new { id = evening.Session });

    private async Task FillAsync(Evening evening, int events)
    {
        await using var work = await World.Db.BeginAsync(Platform.Security.Caller.System("test"));
        await work.ExecuteAsync(
            """
            insert into room_events (session_id, stream, seq, at, kind, data)
            select @id, 'room', s.last_seq + n, @Now, 'hand.raised', '{}'
            from room_streams s, generate_series(1, @events) n where s.session_id = @id and s.stream = 'room';
            update room_streams set last_seq = last_seq + @events where session_id = @id and stream = 'room';
            """, new { id = evening.Session, work.Now, events });
        await work.CommitAsync();
    }
}
