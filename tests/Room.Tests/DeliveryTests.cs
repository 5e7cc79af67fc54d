using System.Diagnostics.Metrics;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class DeliveryTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task H13_Waiting_participants_are_sent_nothing_of_the_room()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await using var waiting = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await members[0].PostAsync("secret of the room");
        await members[1].PostAsync("secret of another", "facilitators");
        await lead.PostAsync("secret of staff", "facilitators");
        await lead.CallAsync("Lock");
        await lead.PostAsync("one moment please", waiting.ParticipantId.ToString());
        await waiting.ReadsAsync(waiting.Own, "one moment please");
        await members[0].SeesAsync("room", "room.locked");

        Assert.DoesNotContain("secret", waiting.Wire, StringComparison.Ordinal);
        Assert.DoesNotContain("\"room\"", waiting.Wire, StringComparison.Ordinal);
        Assert.DoesNotContain("\"staff\"", waiting.Wire, StringComparison.Ordinal);
        foreach (var other in members.Append(lead).Select(m => m.ParticipantId.ToString()))
        {
            // Staff who write to them are named; nobody else of the room is.
            Assert.True(other == lead.ParticipantId.ToString() || !waiting.Wire.Contains(other, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_private_message_reaches_its_audience_alone()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(3);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await members[0].PostAsync("whisper up", "facilitators");
        await lead.PostAsync("whisper down", members[0].ParticipantId.ToString());
        await lead.PostAsync("among staff", "facilitators");
        await lead.PostAsync("to all");
        await co.ReadsAsync(members[0].Own, "whisper up");
        await co.ReadsAsync(members[0].Own, "whisper down");
        await co.ReadsAsync("staff", "among staff");
        await members[0].ReadsAsync(members[0].Own, "whisper down");
        foreach (var member in members)
        {
            await member.ReadsAsync("room", "to all");
            Assert.DoesNotContain("among staff", member.Wire, StringComparison.Ordinal);
        }

        foreach (var other in members.Skip(1))
        {
            Assert.DoesNotContain("whisper", other.Wire, StringComparison.Ordinal);
            Assert.DoesNotContain(members[0].Own, other.Wire, StringComparison.Ordinal);
        }

        // Nor what is at rest: the log holds no text.
        Assert.False(await World.ReadAsync<bool>(
            "select exists (select 1 from room_events where session_id = @id and (data like '%whisper%' or encode(sealed, 'escape') like '%whisper%'))",
            new { id = evening.Session }));
    }

    [Fact]
    public async Task All_participants_see_one_order_without_a_gap_however_many_post_on_two_nodes()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(4);
        RoomClient[] all = [lead, .. members];
        await Task.WhenAll(all.Select(async (client, n) =>
        {
            for (var i = 0; i < 20; i++)
            {
                await client.PostAsync($"{n}-{i}");
            }
        }));
        var last = all.Length * 20;
        foreach (var client in all)
        {
            await Eventually.Async(() => client.Texts("room").Count == last, () => $"only {client.Texts("room").Count} of {last} messages came");
        }

        foreach (var client in all)
        {
            Assert.True(client.IsWhole("room"));
            Assert.Equal(members[0].Texts("room"), client.Texts("room"));
            for (var n = 0; n < all.Length; n++)
            {
                Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{n}-{i}"), client.Texts("room")
                    .Where(t => t!.StartsWith($"{n}-", StringComparison.Ordinal)));
            }
        }
    }

    [Fact]
    public async Task A_participant_who_comes_back_with_cursors_gets_exactly_what_was_missed_on_any_node()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var (member, account) = (members[0], evening.Members[0]);
        await lead.PostAsync("one");
        await member.ReadsAsync("room", "one");
        var cursors = member.Cursors();
        await member.DisposeAsync();
        await lead.PostAsync("two");
        await lead.PostAsync("three", member.ParticipantId.ToString());

        await using var back = await evening.EnterAsync(account, World.A, cursors, body: new { });
        Assert.Equal("in", back.Entered.GetProperty("state").GetString());
        Assert.Equal(member.ParticipantId, back.ParticipantId);
        Assert.Equal(["two"], back.Texts("room"));
        Assert.Equal(["three"], back.Texts(back.Own));
        Assert.Empty(back.Entered.GetProperty("reset").EnumerateArray());
        await lead.PostAsync("four");
        await back.ReadsAsync("room", "four");
        Assert.Equal(["two", "four"], back.Texts("room"));
        Assert.True(back.IsWhole("room"));
    }

    [Fact]
    public async Task A_cursor_past_the_end_is_reset_and_one_before_the_admission_shows_nothing_older()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        await lead.PostAsync("before");
        var late = await evening.MemberAsync();
        await using var client = await evening.EnterAsync(late, World.B);
        await lead.CallAsync("AdmitAll");
        await client.SeesAsync("room", "participant.joined");
        await lead.PostAsync("after");

        await using var past = await evening.EnterAsync(late, World.A, new Dictionary<string, long> { ["room"] = 5000, ["staff"] = 7, [client.Own] = 1 });
        Assert.Equal(["room"], past.Entered.GetProperty("reset").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(["after"], past.Texts("room"));
        await using var early = await evening.EnterAsync(late, World.A, new Dictionary<string, long> { ["room"] = 0 });
        Assert.Equal(["after"], early.Texts("room"));
        Assert.Equal("participant.joined", early.Kinds("room")[0]);
        Assert.DoesNotContain("before", early.Wire, StringComparison.Ordinal);
        Assert.Equal(2, early.Entered.GetProperty("cursors").EnumerateObject().Count());
    }

    [Fact]
    public async Task An_answer_carries_a_thousand_events_and_the_rest_follows_before_anything_newer()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using (var work = await World.Db.BeginAsync(Platform.Security.Caller.System("test")))
        {
            await work.ExecuteAsync(
                """
                insert into room_events (session_id, stream, seq, at, kind, data)
                select @id, 'room', s.last_seq + n, @Now, 'hand.raised', '{}'
                from room_streams s, generate_series(1, 2300) n where s.session_id = @id and s.stream = 'room';
                update room_streams set last_seq = last_seq + 2300 where session_id = @id and stream = 'room';
                """, new { id = evening.Session, work.Now });
            await work.CommitAsync();
        }

        await using var late = await evening.EnterAsync(evening.Co, World.B);
        Assert.Equal(1000, late.Entered.GetProperty("events").GetArrayLength());
        await lead.PostAsync("newest");
        await late.ReadsAsync("room", "newest");
        Assert.True(late.IsWhole("room"));
        Assert.Equal(1, late.Of("room")[0].GetProperty("seq").GetInt64());
        await members[0].ReadsAsync("room", "newest");
        Assert.True(members[0].IsWhole("room"));
    }

    [Fact]
    public async Task A_member_who_is_sent_to_the_waiting_room_hears_nothing_until_admitted_again()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await lead.CallAsync("SendToWaiting", new { participantId = members[0].ParticipantId });
        await members[0].SeesAsync(members[0].Own, "participant.waiting");
        await members[1].SeesAsync("room", "participant.left");
        Assert.Equal("not-admitted", await members[0].RefusedAsync("Post", new { id = "x", text = "may I?" }));
        await lead.PostAsync("meanwhile");
        await members[1].ReadsAsync("room", "meanwhile");
        await lead.CallAsync("Admit", new { participantId = members[0].ParticipantId });
        await lead.PostAsync("welcome back");
        await members[0].ReadsAsync("room", "welcome back");
        Assert.DoesNotContain("meanwhile", members[0].Wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_consumer_delays_no_other_and_catches_up_from_the_log()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        members[1].Hang = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var text = new string('x', 3900);
        for (var i = 0; i < 60; i++)
        {
            await lead.PostAsync($"{i} {text}", i % 2 == 0 ? "everyone" : members[0].ParticipantId.ToString());
            World.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        await members[0].ReadsAsync("room", $"58 {text}");
        var hanging = members[1].Hang!;
        members[1].Hang = null;
        hanging.SetResult();
        await members[1].ReadsAsync("room", $"58 {text}");
        Assert.True(members[1].IsWhole("room"));
        Assert.Equal(30, members[1].Texts("room").Count);
    }

    [Fact]
    public async Task The_ready_made_client_enters_posts_and_hears()
    {
        var evening = await World.EveningAsync();
        var ticket = await evening.TicketAsync(evening.Lead);
        await using var client = new HubConnectionBuilder().WithUrl(
            new UriBuilder(World.A.Address) { Path = "/hubs/room", Query = $"session={evening.Session}" }.Uri, HttpTransportType.WebSockets, options =>
            {
                options.SkipNegotiation = true;
                options.AccessTokenProvider = () => Task.FromResult<string?>(World.A.Tokens.For("room", evening.Lead, ["facilitator"]));
            }).Build();
        var heard = new TaskCompletionSource<JsonElement>();
        client.On<JsonElement>("events", args => heard.TrySetResult(args));
        await client.StartAsync();
        var entered = await client.InvokeAsync<JsonElement>("Enter", new { ticket });
        Assert.Equal("in", entered.GetProperty("state").GetString());
        await client.InvokeAsync<JsonElement>("Post", new { id = "1", text = "hi", to = "everyone" });
        var events = await heard.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("message.posted", events[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task An_event_that_does_not_open_is_delivered_without_its_text_counted_once_a_node_and_stops_nothing()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var counted = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "grouptherapy.room.events.unreadable")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        listener.Start();
        await using (var work = await world.Db.BeginAsync(Caller.System("test")))
        {
            await work.ExecuteAsync(
                """
                insert into room_events (session_id, stream, seq, at, kind, by_id, by_alias, by_role, sealed)
                select @id, 'room', last_seq + 1, @Now, 'message.posted', @by, 'Somebody', 'member',
                    decode('00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', 'hex')
                from room_streams where session_id = @id and stream = 'room';
                update room_streams set last_seq = last_seq + 1 where session_id = @id and stream = 'room';
                update sessions set version = version + 1 where session_id = @id;
                """, new { id = evening.Session, by = members[0].ParticipantId, work.Now });
            await work.CommitAsync();
        }

        for (var n = 0; n < 3; n++)
        {
            await lead.PostAsync($"behind it {n}");
        }

        await using var late = await evening.EnterAsync(evening.Members[0], world.B, body: new { });
        foreach (var client in members.Append(lead).Append(late))
        {
            await Eventually.Async(() => client.Of("room").Any(e => e.ToString().Contains("behind it 2", StringComparison.Ordinal)), () =>
                "what is behind it was not delivered");
            Assert.True(client.IsWhole("room"));
        }

        Assert.Equal(2, Interlocked.Read(ref counted));
    }
}
