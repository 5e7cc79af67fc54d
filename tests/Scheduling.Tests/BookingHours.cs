using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class BookingHours(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    private const string Mondays = """
        {"timeZone":"America/New_York","weekly":[{"dayOfWeek":"monday","from":"09:00","to":"12:00"}],"breakMinutes":15,
         "bookable":[{"serviceClass":"intake","durationMinutes":45},{"serviceClass":"psychotherapy_individual","durationMinutes":50}]}
        """;

    [Fact]
    public async Task A_member_books_and_confirms_a_free_hour_and_others_no_longer_find_it()
    {
        var (ana, member) = (await BookableAsync(), Guid.CreateVersion7());
        using var client = world.AsMember(member);
        var hours = await HoursAsync(client, ana, "intake");
        Assert.Equal("2026-01-12T14:00:00+00:00", hours[0]);
        using var answer = await BookAsync(client, ana, "intake", hours[0]);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var booking = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        var group = (Guid)booking["groupId"]!;

        // 14:00 to 14:45 and a quarter of an hour: the next hour begins at 15:00.
        Assert.Equal("2026-01-12T15:00:00+00:00", (await HoursAsync(client, ana, "intake"))[0]);
        using var other = world.AsMember(Guid.CreateVersion7());
        await SchedulingWorld.ProblemAsync(await BookAsync(other, ana, "intake", hours[0]), HttpStatusCode.Conflict, "hour-not-free");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/api/groups/{group}")).StatusCode);
        await SchedulingWorld.ProblemAsync(await other.GetAsync($"/api/groups/{group}"), HttpStatusCode.NotFound, "not-found");
        await SchedulingWorld.ProblemAsync(await other.GetAsync($"/api/groups/{group}/sessions"), HttpStatusCode.NotFound, "not-found");
        using var anyone = world.Service.Anonymous();
        Assert.DoesNotContain(group.ToString(), await anyone.GetStringAsync("/api/groups?limit=500"), StringComparison.Ordinal);
        var opened = Assert.Single(await world.OutboxAsync(group), m => m.Urn == "group-opened").Body["group"]!;
        Assert.Equal((1, "intake"), ((int)opened["capacity"]!, (string)opened["serviceClass"]!));

        var enrollment = Guid.CreateVersion7();
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db),
            new EnrollmentConfirmed(enrollment, group, member, 1, world.Clock.Now)
        );
        try
        {
            await world.MoveClockAsync(SchedulingWorld.Start.AddHours(2));
            Assert.False((bool)(await client.GetFromJsonAsync<JsonObject>($"/api/groups/{group}"))!["closed"]!);
            await SchedulingWorld.DeliverAsync(
                new EndEnrollmentWhenEnrollmentEnded(world.Db),
                new EnrollmentEnded(enrollment, group, member, "cancelled", 2, world.Clock.Now)
            );
            await world.WorkDoneAsync();
            Assert.Equal("2026-01-12T14:00:00+00:00", (await HoursAsync(client, ana, "intake"))[0]);
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task An_unconfirmed_booking_is_released()
    {
        var (ana, member) = (await BookableAsync(), Guid.CreateVersion7());
        using var client = world.AsMember(member);
        using var answer = await BookAsync(client, ana, "psychotherapy_individual", "2026-01-12T14:00:00Z", weeks: 4);
        var group = (Guid)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["groupId"]!;
        Assert.Equal(4, (await world.SessionsAsync(group)).Count);
        try
        {
            await world.MoveClockAsync(SchedulingWorld.Start.AddMinutes(31));
            Assert.Equal("2026-01-12T14:00:00+00:00", (await HoursAsync(client, ana, "intake"))[0]);
            Assert.Contains(await world.OutboxAsync(group), m => m.Urn == "group-closed");
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Theory]
    [InlineData("intake", "2026-01-05T15:00:00Z", "hour-not-free")]
    [InlineData("intake", "2026-01-12T14:10:00Z", "hour-not-free")]
    [InlineData("intake", "2026-01-12T13:45:00Z", "hour-not-free")]
    [InlineData("intake", "2026-01-12T16:30:00Z", "hour-not-free")]
    [InlineData("intake", "2026-06-01T14:00:00Z", "hour-not-free")]
    [InlineData("intake", "9999-12-31T14:00:00Z", "hour-not-free")]
    [InlineData("psychotherapy_group", "2026-01-12T14:00:00Z", "validation")]
    public async Task An_hour_outside_of_what_is_offered_is_refused(string serviceClass, string startsAt, string code)
    {
        var ana = await BookableAsync();
        using var client = world.AsMember(Guid.CreateVersion7());
        await SchedulingWorld.ProblemAsync(
            await BookAsync(client, ana, serviceClass, startsAt),
            code == "validation" ? HttpStatusCode.BadRequest : HttpStatusCode.Conflict,
            code
        );
        var nobody = await world.FacilitatorAsync("Ben");
        await SchedulingWorld.ProblemAsync(await BookAsync(client, nobody, "intake", "2026-01-12T14:00:00Z"), HttpStatusCode.Conflict, "not-bookable");
    }

    [Fact]
    public async Task Two_members_who_book_one_hour_at_once_get_it_once()
    {
        var ana = await BookableAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(async _ =>
                {
                    using var client = world.AsMember(Guid.CreateVersion7());
                    using var answer = await BookAsync(client, ana, "intake", "2026-01-12T15:00:00Z");
                    return answer.StatusCode;
                })
        );
        Assert.Equal(1, answers.Count(s => s == HttpStatusCode.Created));
        Assert.Equal(5, answers.Count(s => s == HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task An_availability_is_set_whole_by_its_facilitator_or_an_operator_of_a_practice_of_theirs()
    {
        var ana = await world.FacilitatorAsync();
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var operating = world.AsOperator("grouport");
        using var elsewhere = world.AsOperator("chicago");
        Assert.Equal(0, (int)(await self.GetFromJsonAsync<JsonObject>("/api/me/availability"))!["version"]!);
        using var set = await self.PutAsync("/api/me/availability", SchedulingWorld.Json(Mondays));
        Assert.Equal("\"1\"", set.Headers.ETag!.ToString());
        Assert.Equal(15, (int)(await operating.GetFromJsonAsync<JsonObject>($"/api/facilitators/{ana}/availability"))!["breakMinutes"]!);
        await SchedulingWorld.ProblemAsync(await elsewhere.GetAsync($"/api/facilitators/{ana}/availability"), HttpStatusCode.NotFound, "not-found");
        using var stale = new HttpRequestMessage(HttpMethod.Put, $"/api/facilitators/{ana}/availability") { Content = SchedulingWorld.Json(Mondays) };
        stale.Headers.TryAddWithoutValidation("If-Match", "\"0\"");
        await SchedulingWorld.ProblemAsync(await operating.SendAsync(stale), HttpStatusCode.PreconditionFailed, "stale");
        foreach (
            var (body, field) in new[]
            {
                ("""{"timeZone":"Mars/Olympus"}""", "timeZone"),
                ("""{"timeZone":"Etc/UTC","weekly":[{"dayOfWeek":"monday","from":"12:00","to":"09:00"}]}""", "weekly[0].to"),
                ("""{"timeZone":"Etc/UTC","weekly":[null]}""", "weekly[0].dayOfWeek"),
                ("""{"timeZone":"Etc/UTC","breakMinutes":500}""", "breakMinutes"),
                ("""{"timeZone":"Etc/UTC","timeOff":[{"from":"2026-01-05T00:00:00Z","to":"9999-01-05T00:00:00Z"}]}""", "timeOff[0].to"),
                ("""{"timeZone":"Etc/UTC","bookable":[{"serviceClass":"skills_education","durationMinutes":50}]}""", "bookable[0].serviceClass"),
            }
        )
        {
            var problem = await SchedulingWorld.ProblemAsync(
                await self.PutAsync("/api/me/availability", SchedulingWorld.Json(body)),
                HttpStatusCode.BadRequest,
                "validation"
            );
            Assert.True(problem["errors"]!.AsObject().ContainsKey(field), problem.ToJsonString());
        }
    }

    [Fact]
    public async Task A_break_between_two_sessions_is_kept_and_an_operator_finds_the_hours_that_are_free()
    {
        var ana = await BookableAsync();
        await world.GroupAsync(SchedulingWorld.Request(ana, startsOn: "2026-01-12", localTime: "09:00", weeks: 12));
        using var client = world.AsOperator();
        await SchedulingWorld.ProblemAsync(
            await client.PostAsJsonAsync("/api/groups", SchedulingWorld.Request(ana, startsOn: "2026-01-12", localTime: "10:00", weeks: 2)),
            HttpStatusCode.Conflict,
            "facilitator-busy"
        );
        var free = (
            await client.GetFromJsonAsync<JsonObject>($"/api/free-hours?practice=grouport&facilitator={ana}&from=2026-01-12&weeks=12&durationMinutes=60")
        )!["items"]!.AsArray();
        Assert.Equal(["10:15 12", "10:30 12", "10:45 12", "11:00 12"], free.Select(f => $"{f!["localTime"]} {f["freeWeeks"]}"));
        foreach (var (day, found) in new[] { ("monday", 4), ("tuesday", 0) })
        {
            var ofDay = await client.GetFromJsonAsync<JsonObject>(
                $"/api/free-hours?practice=grouport&facilitator={ana}&from=2026-01-12&weeks=12&durationMinutes=60&dayOfWeek={day}"
            );
            Assert.Equal(found, ofDay!["items"]!.AsArray().Count);
        }

        await SchedulingWorld.ProblemAsync(
            await client.GetAsync("/api/free-hours?practice=grouport&dayOfWeek=Monday"),
            HttpStatusCode.BadRequest,
            "validation"
        );
        await world.GroupAsync(SchedulingWorld.Request(ana, startsOn: "2026-01-12", localTime: "10:15", weeks: 2));
    }

    private static Task<HttpResponseMessage> BookAsync(HttpClient client, Guid facilitator, string serviceClass, string startsAt, int? weeks = null) =>
        client.PostAsJsonAsync(
            "/api/bookings",
            new
            {
                facilitatorId = facilitator,
                serviceClass,
                startsAt,
                weeks,
            }
        );

    private static async Task<List<string>> HoursAsync(HttpClient client, Guid facilitator, string serviceClass) =>
        [
            .. (await client.GetFromJsonAsync<JsonObject>($"/api/facilitators/{facilitator}/free-hours?serviceClass={serviceClass}"))!["items"]!
                .AsArray()
                .Select(h => SchedulingWorld.At(h!["startsAt"]).ToString("yyyy-MM-dd'T'HH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture)),
        ];

    private async Task<Guid> BookableAsync()
    {
        var ana = await world.FacilitatorAsync();
        using var self = world.Service.As(ana, ["facilitator"], ["grouport"]);
        using var set = await self.PutAsync("/api/me/availability", SchedulingWorld.Json(Mondays));
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        return ana;
    }
}
