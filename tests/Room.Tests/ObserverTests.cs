using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>A co-facilitator who is not authorised for the place of somebody present.</summary>
public sealed class ObserverTests : IAsyncLifetime
{
    private RoomWorld World { get; set; } = null!;

    public async ValueTask InitializeAsync() => World = await RoomWorld.StartAsync(settings: [("Times:FacilitatorGrace", "3")]);

    public ValueTask DisposeAsync() => World.DisposeAsync();

    [Fact]
    public async Task A_co_facilitator_observes_while_a_member_is_here_whom_they_may_not_serve()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Equal("co_facilitator", co.Entered.GetProperty("role").GetString());
        await members[0].PostAsync("a private word", "facilitators");
        await co.ReadsAsync(members[0].Own, "a private word");

        var nora = Guid.CreateVersion7();
        await ObservedAsync(evening, nora, 1);
        await using var member = await evening.EnterAsync(nora, World.A);
        await lead.CallAsync("AdmitAll");
        await members[0].SeesAsync("room", "role.changed");
        var told = members[0].Of("room").Single(e => e.GetProperty("kind").GetString() == "role.changed").GetProperty("data");
        Assert.Equal((co.ParticipantId, "observer"), (told.GetProperty("participantId").GetGuid(), told.GetProperty("role").GetString()));
        await co.SeesAsync("room", "role.changed");
        Assert.Equal("not-allowed", await co.RefusedAsync("Post", new { id = "1", text = "let me say" }));
        Assert.Equal("not-allowed", await co.RefusedAsync("Remove", new { participantId = member.ParticipantId, reason = "no" }));
        Assert.Equal(
            "not-allowed",
            await co.RefusedAsync(
                "React",
                new
                {
                    stream = "room",
                    seq = 1,
                    emoji = "👍",
                }
            )
        );
        await members[0].PostAsync("not for observers", "facilitators");
        await lead.ReadsAsync(members[0].Own, "not for observers");
        await lead.PostAsync("they hear the room");
        await co.ReadsAsync("room", "they hear the room");
        Assert.DoesNotContain("not for observers", co.Wire, StringComparison.Ordinal);
        Assert.Equal("not-allowed", await lead.RefusedAsync("Remove", new { participantId = co.ParticipantId, reason = "no member" }));

        // Nor by the way around the room.
        using var http = World.A.As(evening.Co, "facilitator");
        Task<HttpResponseMessage> ReadAsync(string what) => http.GetAsync($"/api/sessions/{evening.Session}/{what}");
        Assert.Equal(404, (int)(await ReadAsync($"events?stream={members[0].Own}")).StatusCode);
        Assert.Equal(404, (int)(await ReadAsync("events?stream=staff")).StatusCode);
        Assert.Equal(404, (int)(await ReadAsync("moderation")).StatusCode);
        Assert.Equal(200, (int)(await ReadAsync("events?stream=room")).StatusCode);

        // Coming back does not lift it; the member's leaving does.
        await using var again = await evening.EnterAsync(evening.Co, World.A);
        Assert.Equal(("observer", "in"), (again.Entered.GetProperty("role").GetString(), again.Entered.GetProperty("state").GetString()));
        Assert.DoesNotContain("not for observers", again.Wire, StringComparison.Ordinal);
        await member.CallAsync("Leave");
        await Eventually.Async(() => co.Kinds("room").Count(k => k == "role.changed") == 2, () => "the role was not given back");
        await co.ReadsAsync(members[0].Own, "not for observers");
        Assert.Contains("not for observers", await (await ReadAsync($"events?stream={members[0].Own}")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await co.PostAsync("with you again");
        await members[0].ReadsAsync("room", "with you again");
    }

    [Fact]
    public async Task A_room_led_by_observers_alone_is_held_and_goes_on_when_they_may_lead_again()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await ObservedAsync(evening, evening.Members[0], 2);
        await co.SeesAsync("room", "role.changed");
        await lead.CallAsync("Leave");
        await members[0].SeesAsync("room", "room.held");
        await evening.PermitAsync(evening.Members[0], 3);
        await members[0].SeesAsync("room", "room.resumed");
        await co.PostAsync("I may lead you again");
        await members[0].ReadsAsync("room", "I may lead you again");
    }

    private Task ObservedAsync(Evening evening, Guid member, long version)
    {
        var permit = evening.Permit(member, version);
        return World.DeliverAsync<ApplyPermitWhenPermitChanged, PermitChanged>(
            permit with
            {
                Places = [.. permit.Places.Select(p => p.Jurisdiction == "US-FL" ? p with { Observers = [evening.Co] } : p)],
            }
        );
    }
}
