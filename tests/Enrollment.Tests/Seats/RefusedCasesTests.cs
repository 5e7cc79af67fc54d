using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>An operator's refusal, from the queue to whoever is next.</summary>
public sealed class RefusedCasesTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private const string Reason = "Never answered our letters.";

    [Fact]
    public async Task A_held_case_leaves_the_queue_and_the_waitlist_moves_without_it()
    {
        var group = await world.GroupAsync(1);
        var (held, http) = await world.MemberInAsync("AE");
        var stay = (await EnrolAsync(http, group)).Body;
        var (_, next) = await world.MemberInAsync("FL");
        Assert.Equal("facts", (string)Assert.Single(await QueueAsync("held", held))["needs"]![0]!);

        await RefusedAsync(stay, http, group, "held");

        Assert.Empty(await QueueAsync("held", held));
        Assert.Equal([("held", "unclear"), ("left", "refused")], (await world.LogAsync(group)).Select(s => (s.What, s.Code)));
        Assert.Equal("refused", (string)Assert.Single(await world.SentAsync("seat-released", group))["reason"]!);

        // It kept no seat from anybody, and whoever was refused may ask again.
        Assert.Equal("reserved", (string)(await EnrolAsync(next, group)).Body["status"]!);
        Assert.Equal("held", (string)(await EnrolAsync(http, group)).Body["status"]!);
        // The next operator sees that the case was refused before, and why.
        Assert.Equal(1, (int)Assert.Single(await QueueAsync("held", held))["refusedBefore"]!);
        var before = Assert.Single(await QueueAsync("ended", held));
        Assert.Equal(("refused", Reason), ((string)before["endReason"]!, (string)before["note"]!));
    }

    [Fact]
    public async Task A_confirmed_enrollment_that_became_unclear_gives_its_seat_to_the_next_on_the_waitlist()
    {
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("FL");
        var stay = await EnrolledInAsync(http, group);
        var (waiting, next) = await world.MemberInAsync("FL");
        await EnrolAsync(next, group);
        await MoveAsync(http, "AE");
        await Eventually.Async(async () => (await QueueAsync("enrolled&review=true", id)).Length == 1, () => "no case for the operators");
        Assert.Equal("waitlisted", (string)(await MineAsync(next, group))["status"]!);

        await RefusedAsync(stay, http, group, "enrolled");

        Assert.Empty(await QueueAsync("enrolled&review=true", id));
        Assert.Equal("refused", (string)Assert.Single(await world.SentAsync("enrollment-ended", group))["reason"]!);
        Assert.Equal("offered", (string)(await MineAsync(next, group))["status"]!);
        Assert.Equal(waiting, (Guid)Assert.Single(await world.SentAsync("waitlist-offered", group))["memberId"]!);
        Assert.Equal(1, await world.TakenAsync(group));
    }

    /// <summary>Without a reason nothing happens; with one it is over, on record and for good, and the words stay with the operators.</summary>
    private async Task RefusedAsync(JsonNode stay, HttpClient member, Guid group, string was)
    {
        var (id, path) = ((Guid)stay["id"]!, $"/api/enrollments/{stay["id"]}/refuse");
        foreach (var nothing in new object[] { new { }, new { reason = "  " }, new { reason = new string('x', 501) } })
        {
            var (status, problem) = await world.Operator.PostAsync(path, nothing);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.NotNull(problem["errors"]!["reason"]);
        }

        Assert.Equal(was, (string)(await MineAsync(member, group))["status"]!);

        var (done, ended) = await world.Operator.PostAsync(path, new { reason = Reason });

        Assert.Equal((HttpStatusCode.OK, "ended", "refused"), (done, (string)ended["status"]!, (string)ended["endReason"]!));
        var mine = await MineAsync(member, group);
        Assert.Equal(("ended", "refused"), ((string)mine["status"]!, (string)mine["endReason"]!));
        Assert.DoesNotContain(Reason, mine.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(Reason, await world.AskAsync<string>("select note from enrollments where id = $1", id));
        var entry = JsonNode.Parse(
            await world.AskAsync<string>(
                "select data::text from audit_entries where ref = $1 and act = 'enrollment.ended' and who = $2",
                id,
                $"account:{world.OperatorId}"
            )
        )!;
        Assert.Equal(("refused", was), ((string)entry["reason"]!, (string)entry["was"]!));
        Assert.Equal(
            0L,
            await world.AskAsync<long>(
                "select (select count(*) from audit_entries where data::text like $1) + (select count(*) from outbox where body::text like $1)",
                "%letters%"
            )
        );
        var (again, over) = await world.Operator.PostAsync(path, new { reason = Reason });
        Assert.Equal((HttpStatusCode.Conflict, "not-held"), (again, (string)over["code"]!));
    }

    private async Task<JsonNode[]> QueueAsync(string status, Guid member) =>
        [
            .. (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/enrollments?status={status}&limit=500"))!["items"]!
                .AsArray()
                .Where(i => (Guid)i!["memberId"]! == member)
                .Select(i => i!.DeepClone()),
        ];
}
