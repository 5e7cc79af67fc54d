using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.RuleSets.Office;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>What a draft, a credential and a rule for the past would mean, in worlds small enough to be computed by hand.</summary>
public sealed class ImpactTests : IAsyncLifetime
{
    private readonly EnrollmentWorld _world = new();

    private Office Office { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        Office = new Office(_world);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private async Task<(Guid Member, Guid Enrollment)> StayAsync(Guid group, string state, bool confirmed = true)
    {
        var (id, http) = await _world.MemberInAsync(state);
        var (status, reserved) = await EnrolAsync(http, group);
        Assert.Equal(HttpStatusCode.Created, status);
        if (confirmed)
        {
            Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(http, reserved)).Status);
        }

        return (id, (Guid)reserved["id"]!);
    }

    // Ana's New Jersey licence ends with the 60th day from now: of the sessions on days 3, 45, 70 and 100, New Jersey has two.
    private async Task<(Guid Group, SessionSnapshot[] Sessions, (Guid Member, Guid Enrollment) Fl, (Guid Member, Guid Enrollment) Ny,
        (Guid Member, Guid Enrollment) Nj)> WeeksAsync()
    {
        var group = await _world.GroupAsync(3);
        var sessions = new List<SessionSnapshot>();
        foreach (var day in new[] { 3, 45, 70, 100 })
        {
            sessions.Add(await _world.SessionAsync(group, TimeSpan.FromDays(day)));
        }

        await _world.SessionAsync(group, TimeSpan.FromDays(5), cancelled: true);
        var stays = (await StayAsync(group, "FL"), await StayAsync(group, "NY"), await StayAsync(group, "NJ", confirmed: false));
        var (_, waiting) = await _world.MemberInAsync("FL");
        Assert.Equal("waitlisted", (string)(await EnrolAsync(waiting, group)).Body["status"]!);
        return (group, [.. sessions], stays.Item1, stays.Item2, stays.Item3);
    }

    private static (Guid, Guid, string, string)[] Of(JsonNode result, string list) =>
        [.. result[list]!.AsArray().Select(i => ((Guid)i!["enrollmentId"]!, (Guid)i["sessionId"]!, (string)i["from"]!, (string)i["to"]!)).Order()];

    [Fact]
    public async Task A_draft_says_who_would_lose_which_session_and_changes_nothing()
    {
        var (group, sessions, fl, _, nj) = await WeeksAsync();
        var version = await Office.DraftWithAsync(document =>
        {
            CloseFlorida(document);

            // Whatever is disputed never allows, and what was denied anyway is no loss.
            Row(document, "routePolicies", "route-us-nj-licence")["confidence"] = "disputed";
        });

        var (status, result) = await Office.PostAsync($"{version}/impact", new { weeks = 52 });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((12L, 6L), ((long)result["evaluated"]!, (long)result["unchanged"]!));
        Assert.Empty(result["gains"]!.AsArray());
        var expected = sessions.Select(s => (fl.Enrollment, s.SessionId, "allow", "deny"))
            .Concat(sessions.Take(2).Select(s => (nj.Enrollment, s.SessionId, "allow", "deny"))).Order();
        Assert.Equal(expected, Of(result, "losses"));
        var loss = result["losses"]!.AsArray().First(l => (Guid)l!["enrollmentId"]! == fl.Enrollment)!;
        Assert.Contains("LOCATION_NOT_AUTHORISED", loss["reasons"]!.AsArray().Select(r => (string)r!["code"]!));
        Assert.Equal((group, fl.Member), ((Guid)loss["groupId"]!, (Guid)loss["memberId"]!));
        Assert.NotNull(result["seconds"]);

        var (_, near) = await Office.PostAsync($"{version}/impact", new { weeks = 1 });
        Assert.Equal((3L, 2L), ((long)near["evaluated"]!, (long)near["lost"]!));
        var elsewhere = _world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Equal(0L, (long)(await SendAsync(elsewhere, HttpMethod.Post, $"{version}/impact", new { weeks = 52 })).Body["evaluated"]!);
        Assert.Equal(0L, await _world.AskAsync<long>("select count(*) from decisions where rule_set = $1", version));
        foreach (var weeks in new int?[] { null, 0, 53 })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await Office.PostAsync($"{version}/impact", new { weeks })).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await Office.PostAsync("4711/impact", new { weeks = 1 })).Status);
    }

    [Fact]
    public async Task What_is_published_already_for_later_is_what_a_draft_is_held_against()
    {
        var (_, sessions, fl, _, _) = await WeeksAsync();
        var closing = await Office.DraftWithAsync(CloseFlorida);
        await Office.PublishAsync(closing, _world.Clock.GetUtcNow().AddDays(50));
        var (_, open) = await Office.PostAsync("/api/licensing/rule-sets", new { from = 1 });

        var (_, result) = await Office.PostAsync($"{open["version"]}/impact", new { weeks = 52 });

        Assert.Equal(sessions.Skip(2).Select(s => (fl.Enrollment, s.SessionId, "deny", "allow")).Order(), Of(result, "gains"));
        Assert.Empty(result["losses"]!.AsArray());
    }

    [Fact]
    public async Task A_renewed_licence_says_which_sessions_it_gives_back_and_a_suspended_one_which_it_takes()
    {
        var (_, sessions, _, ny, nj) = await WeeksAsync();
        var path = $"/api/facilitators/{_world.Ana}/credentials";
        var (_, list) = await Office.GetAsync(path);
        Guid Id(string place) => (Guid)list["items"]!.AsArray().Single(c => (string)c!["jurisdiction"]! == place)!["id"]!;
        var later = DateOnly.FromDateTime(_world.Clock.GetUtcNow().UtcDateTime).AddDays(800).ToString("yyyy-MM-dd");
        object Licence(string place, string type, string status) =>
            new { kind = "licence", jurisdiction = place, type, status, validFrom = "2018-01-01", validTo = later, encumbered = false };

        var (status, renewed) = await Office.PostAsync($"{path}/impact",
            new { weeks = 52, credentialId = Id("US-NJ"), credential = Licence("US-NJ", "LPC", "active") });
        var (_, suspended) = await Office.PostAsync($"{path}/impact",
            new { weeks = 52, credentialId = Id("US-NY"), credential = Licence("US-NY", "LMHC", "suspended") });
        var (_, further) = await Office.PostAsync($"{path}/impact", new { weeks = 52, credential = Licence("US-NJ", "LPC", "active") });

        Assert.Equal(HttpStatusCode.OK, status);
        var back = sessions.Skip(2).Select(s => (nj.Enrollment, s.SessionId, "deny", "allow")).Order().ToArray();
        Assert.Equal(back, Of(renewed, "gains"));
        Assert.Equal(back, Of(further, "gains"));
        Assert.Empty(renewed["losses"]!.AsArray());
        Assert.Equal(sessions.Select(s => (ny.Enrollment, s.SessionId, "allow", "deny")).Order(), Of(suspended, "losses"));
        Assert.Equal(3, (await Office.GetAsync(path)).Body["items"]!.AsArray().Count);

        var (bad, problem) = await Office.PostAsync($"{path}/impact",
            new
            {
                weeks = 52,
                credential = new
                {
                    kind = "licence",
                    jurisdiction = "New Jersey",
                    status = "active",
                    validFrom = "2026-02-30",
                    validTo = later,
                    encumbered = false
                }
            });
        Assert.Equal(HttpStatusCode.BadRequest, bad);
        Assert.Equal(["credential.jurisdiction", "credential.validFrom"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
        Assert.Equal(HttpStatusCode.NotFound,
            (await Office.PostAsync($"{path}/impact",
            new { weeks = 1, credentialId = Guid.CreateVersion7(), credential = Licence("US-NJ", "LPC", "active") })).Status);
        Assert.Equal(HttpStatusCode.NotFound,
            (await Office.PostAsync($"/api/facilitators/{Guid.CreateVersion7()}/credentials/impact",
            new { weeks = 1, credential = Licence("US-NJ", "LPC", "active") })).Status);
    }

    [Fact]
    public async Task A_long_run_answers_at_once_and_shows_its_progress_to_its_caller()
    {
        var (_, _, _, _, _) = await WeeksAsync();
        var version = await Office.DraftWithAsync(CloseFlorida);
        using var request = new HttpRequestMessage(HttpMethod.Post,
            $"/api/licensing/rule-sets/{version}/impact")
        { Content = System.Net.Http.Json.JsonContent.Create(new { weeks = 52 }) };
        request.Headers.Add("Prefer", "respond-async");

        using var response = await Office.First.SendAsync(request);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var address = response.Headers.Location!.ToString();
        JsonNode? run = null;
        await Eventually.Async(async () => (string)(run = (await Office.GetAsync(address)).Body)["status"]! == "done", () =>
            $"the run is {run?.ToJsonString()}");
        Assert.Equal((12L, 12L, 4L), ((long)run!["evaluated"]!, (long)run["total"]!, (long)run["result"]!["lost"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(Office.Second, HttpMethod.Get, address)).Status);
    }

    [Fact]
    public async Task A_rule_for_the_past_lists_what_it_would_have_decided_otherwise_and_replay_stays_as_it_was()
    {
        var group = await _world.GroupAsync(5);
        var session = await _world.SessionAsync(group, TimeSpan.FromHours(1));
        var (member, enrollment) = await StayAsync(group, "FL");
        await Eventually.Async(async () => (await _world.SentAsync("permit-changed", member)).Count == 1, () => "no permit was made");
        var permit = (await _world.SentAsync("permit-changed", member))[0];
        _world.Clock.Advance(TimeSpan.FromMinutes(50));
        var (joined, at) = (Guid.CreateVersion7(), _world.Clock.GetUtcNow());
        await _world.DeliverAsync<DecideAgainWhenJoinDecided, JoinDecided>(new JoinDecided(
            joined, (Guid)permit["permitId"]!, (long)permit["version"]!, enrollment, member, group, session.SessionId, "join", "US-FL", at, null, at, "allow",
            ["ROUTE_LICENCE"], 1, "licensing-1"));
        _world.Clock.Advance(TimeSpan.FromDays(12));
        var version = await Office.DraftWithAsync(CloseFlorida);
        await Office.PublishAsync(version, at.AddDays(-7), retroactive: true);

        var (status, report) = await Office.GetAsync($"{version}/retroactive");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(3L, (long)report["evaluated"]!);
        var differing = report["differing"]!.AsArray();
        Assert.Equal(["seat_hold", "enrol", "join"], differing.Select(d => (string)d!["point"]!));
        var join = differing.Single(d => (Guid)d!["decisionId"]! == joined)!;
        Assert.Equal((enrollment, session.SessionId, "allow", "deny"),
            ((Guid)join["enrollmentId"]!, (Guid)join["sessionId"]!, (string)join["from"]!, (string)join["to"]!));
        Assert.Contains("LOCATION_NOT_AUTHORISED", join["reasons"]!.AsArray().Select(r => (string)r!["code"]!));

        // As known then: allowed, byte for byte. As known now, for the same instant: denied.
        var (_, replay) = await Office.PostAsync($"/api/licensing/decisions/{joined}/replay");
        Assert.True((bool)replay["identical"]!);
        Assert.Equal("allow", (string)replay["replayed"]!["outcome"]!);
        var (_, stored) = await Office.GetAsync($"/api/licensing/decisions/{joined}");
        var facts = stored["inputs"]!["request"]!.DeepClone().AsObject();
        facts.Remove("ruleSet");
        var (_, now) = await Office.PostAsync("/api/licensing/evaluations", facts);
        Assert.Equal(("deny", version), ((string)now["outcome"]!, (int)now["ruleSet"]!["version"]!));

        var elsewhere = _world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Equal(0L, (long)(await SendAsync(elsewhere, HttpMethod.Get, $"{version}/retroactive")).Body["evaluated"]!);
        var (none, problem) = await Office.GetAsync("1/retroactive");
        Assert.Equal((HttpStatusCode.Conflict, "not-retroactive"), (none, Code(problem)));
    }
}
