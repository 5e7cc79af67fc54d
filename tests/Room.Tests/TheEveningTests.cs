using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>A world for the tests of one class.</summary>
public sealed class TwoNodes : IAsyncLifetime
{
    public RoomWorld World { get; private set; } = null!;

    public async ValueTask InitializeAsync() => World = await RoomWorld.StartAsync();

    public ValueTask DisposeAsync() => World.DisposeAsync();
}

public sealed class TheEveningTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task An_evening_goes_from_the_lobby_to_attendance_over_two_nodes()
    {
        var evening = await World.EveningAsync();
        var (maya, nora) = (await evening.MemberAsync(), await evening.MemberAsync());

        await using var lead = await evening.EnterAsync(evening.Lead);
        Assert.Equal("in", lead.Entered.GetProperty("state").GetString());
        Assert.Equal("lobby", lead.Entered.GetProperty("phase").GetString());
        Assert.Equal("lead", lead.Entered.GetProperty("role").GetString());

        await using var m = await evening.EnterAsync(maya, World.B);
        Assert.Equal("waiting", m.Entered.GetProperty("state").GetString());
        Assert.Equal(m.ParticipantId, Assert.Single(m.Entered.GetProperty("participants").EnumerateArray()).GetProperty("participantId").GetGuid());
        await lead.SeesAsync(m.Own, "participant.waiting");
        Assert.Equal("not-open", await lead.RefusedAsync("Admit", new { participantId = m.ParticipantId }));
        Assert.Equal("not-admitted", await m.RefusedAsync("Post", new { id = "1", text = "hello" }));

        await lead.CallAsync("Open");
        await lead.CallAsync("Admit", new { participantId = m.ParticipantId });
        await m.SeesAsync("room", "participant.joined");
        var admitted = m.Of(m.Own).Single(e => e.GetProperty("kind").GetString() == "participant.admitted").GetProperty("data");
        Assert.Equal(admitted.GetProperty("cursors").GetProperty("room").GetInt64() + 1, m.Of("room")[0].GetProperty("seq").GetInt64());
        Assert.Equal(m.ParticipantId, m.Of("room")[0].GetProperty("data").GetProperty("participantId").GetGuid());

        var posted = await m.PostAsync("Good evening");
        Assert.Equal("room", posted.GetProperty("stream").GetString());
        await lead.ReadsAsync("room", "Good evening");
        await m.ReadsAsync("room", "Good evening");
        await lead.PostAsync("Welcome, all");
        await m.ReadsAsync("room", "Welcome, all");

        await m.PostAsync("Only for you", "facilitators");
        await lead.ReadsAsync(m.Own, "Only for you");
        await lead.PostAsync("Thank you", m.ParticipantId.ToString());
        await m.ReadsAsync(m.Own, "Thank you");

        await using var n = await evening.EnterAsync(nora);
        await lead.CallAsync("AdmitAll");
        await n.SeesAsync("room", "participant.joined");
        Assert.DoesNotContain("Good evening", n.Wire, StringComparison.Ordinal);
        Assert.DoesNotContain("Only for you", n.Wire, StringComparison.Ordinal);

        await n.CallAsync("RaiseHand");
        await m.SeesAsync("room", "hand.raised");
        await m.CallAsync("RequestHelp", new { text = "please" });
        await lead.SeesAsync("staff", "help.requested");

        World.Clock.Advance(TimeSpan.FromMinutes(30));
        await lead.CallAsync("End", new { reason = "That was our time" });
        foreach (var client in new[] { lead, m, n })
        {
            await client.IsEndedAsync("session-ended");
            Assert.True(client.EndedTerminal);
            Assert.Contains("room.ended", client.Kinds("room"));
            Assert.True(client.IsWhole("room"));
        }

        Assert.Equal((409, "room-ended"), await evening.RefusedAsync(maya));
        using var operators = World.A.As(Guid.CreateVersion7(), Roles.Operator);
        var attendance = await operators.GetFromJsonAsync<JsonElement>($"/api/sessions/{evening.Session}/attendance");
        var record = attendance.GetProperty("items").EnumerateArray().Single(r => r.GetProperty("memberId").GetGuid() == maya);
        Assert.Equal(("present", true), (record.GetProperty("status").GetString(), record.GetProperty("minutes").GetInt32() is 29 or 30));

        var ended = await World.ReadAsync<string>(
            "select body::text from outbox where urn like '%session-ended%' and body->>'sessionId' = @id",
            new { id = evening.Session.ToString() }
        );
        Assert.Contains("ended-by-facilitator", ended, StringComparison.Ordinal);
        Assert.DoesNotContain("That was our time", ended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_never_sees_an_account()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await lead.PostAsync("hello");
        await members[0].ReadsAsync("room", "hello");
        foreach (var account in evening.Members.Append(evening.Lead))
        {
            Assert.DoesNotContain(account.ToString(), members[0].Wire, StringComparison.OrdinalIgnoreCase);
        }
    }
}
