using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Tests.Seats;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Enrollment.Tests.Permits;

public sealed class KeptPermitsTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task A_change_that_comes_while_a_permit_is_being_made_is_not_forgotten()
    {
        var group = await world.GroupAsync(5);
        var session = await world.SessionAsync(group, TimeSpan.FromHours(2));
        var ben = Guid.CreateVersion7();
        await world.FacilitatorAsync(ben, "social_worker", ["grouport"], ("LCSW", "US-NY", 400));
        var (id, http) = await world.MemberInAsync("FL");
        await SeatWorld.EnrolledInAsync(http, group);
        await Eventually.Async(async () => (await PermitsAsync(id)).Count > 0, () => "no permit was made");
        await world.QuietAsync();

        Task substituted;
        await using (await world.HoldAsync("begin; lock table permits in exclusive mode"))
        {
            // The permit is being made again from what was known a moment ago, and cannot be written.
            await ChangePhoneAsync(http);
            await WaitingAsync(1);
            substituted = world.DeliverAsync<DecideAgainWhenFacilitatorSubstituted, FacilitatorSubstituted>(
                new FacilitatorSubstituted(session with { LeadFacilitatorId = ben, Version = 2 }, world.Clock.GetUtcNow())
            );
            await Eventually.Async(async () => substituted.IsCompleted || await CountWaitingAsync() > 1, () => "the substitution neither came in nor waited");
        }

        await substituted;
        await Eventually.Async(
            async () => (string)(await PermitsAsync(id))[^1]["places"]!.AsArray().Single(p => (string)p!["jurisdiction"]! == "US-FL")!["outcome"]! == "deny",
            () => "the permit still speaks of the facilitator who does not come"
        );
    }

    // Any change of a profile has the member's permits made again.
    private static async Task ChangePhoneAsync(HttpClient http)
    {
        var profile = (await http.GetFromJsonAsync<JsonObject>("/api/me/profile"))!;
        profile["phone"] = "+1 813 555 0199";
        using var kept = await http.PutAsJsonAsync("/api/me/profile", profile);
        kept.EnsureSuccessStatusCode();
    }

    private Task<IReadOnlyList<JsonNode>> PermitsAsync(Guid member) => world.SentAsync("permit-changed", member);

    private Task WaitingAsync(int sessions) =>
        Eventually.Async(async () => await CountWaitingAsync() >= sessions, () => $"{sessions} sessions waiting for a lock were not seen");

    // Asked as the service itself: another role is not told what these sessions wait for.
    private async Task<long> CountWaitingAsync()
    {
        await using var source = NpgsqlDataSource.Create(world.Runtime);
        await using var command = source.CreateCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
