using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Tests.Scenarios;
using GroupTherapy.Enrollment.Tests.Seats;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Scenarios.Steps;
using Outcome = GroupTherapy.Enrollment.Licensing.Outcome;

namespace GroupTherapy.Enrollment.Tests.Decisions;

/// <summary>For each of the nine points: the facts that the service reads from its databases are those that somebody would write down by hand for the same
/// world.</summary>
public sealed class NinePointsTests : IAsyncLifetime
{
    private static readonly CompiledRuleSet Rules = SeededRuleSet.Compiled;
    private static readonly DateTimeOffset Starts = Instant("2026-11-25T00:00:00Z");
    private readonly EnrollmentWorld _world = new(Instant("2026-11-24T12:00:00Z"));
    private Guid _ana;
    private Guid _ben;
    private GroupSnapshot _group = null!;
    private SessionSnapshot _session = null!;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        _ana = await _world.FacilitatorAsync("counselor", "grouport", Licence("US-FL", "LMHC", "2027-03-31"), Licence("US-NJ", "LPC", "2026-11-30"));
        _ben = await _world.FacilitatorAsync(
            "social_worker",
            "grouport",
            Licence("US-NY", "LCSW", "2028-01-31"),
            TemporaryPermit("US-KS", "2026-01-01", "2026-12-31")
        );
        _group = await _world.GroupLedByAsync(_ana, seats: 2, cos: [_ben], seriesEndsAt: Instant("2026-12-31T00:00:00Z"));
        _session = await _world.SessionAtAsync(_group, Starts);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task At_the_catalogue_and_at_the_seat_and_at_the_confirmation()
    {
        var maya = await _world.SeatedAsync("FL", _group);
        await using var work = await _world.Service.Get<Db>().BeginAsync(Caller.System("test"));
        var group = (await GroupStore.FindAsync(work, _group.GroupId))!;
        AssertSame(
            Hand(maya.Id, Points.Catalogue, work.Now),
            await FactStore.ReadAsync(work, Rules, group, maya.Id, Points.Catalogue, work.Now, group.SeriesEndsAt)
        );

        await AssertStoredAsync(maya.Id, Points.SeatHold, at => Hand(maya.Id, Points.SeatHold, at));
        await AssertStoredAsync(maya.Id, Points.Enrol, at => Hand(maya.Id, Points.Enrol, at));
        var look = await maya.Http.GetFromJsonAsync<JsonNode>($"/api/me/eligibility?groupId={_group.GroupId}");
        Assert.Equal(
            LicensingEngine.Decide(Rules, Hand(maya.Id, Points.Catalogue, _world.Clock.GetUtcNow()), _world.Clock.GetUtcNow()).Outcome.Wire(),
            (string)look!["outcome"]!
        );
        Assert.Null(look["id"]);
        Assert.Equal(2L, await _world.AskAsync<long>("select count(*) from decisions where member_id = $1", maya.Id));
    }

    [Fact]
    public async Task At_the_offer_to_the_waitlist()
    {
        var (first, second) = (await _world.SeatedAsync("FL", _group), await _world.SeatedAsync("NJ", _group));
        Assert.NotEqual(first.Id, second.Id);
        var (next, http) = await _world.MemberInAsync("FL");
        Assert.Equal("waitlisted", (string)(await EnrolAsync(http, _group.GroupId)).Body["status"]!);
        (await first.Http.PostAsJsonAsync($"/api/enrollments/{first.Enrollment}/cancel", new { })).EnsureSuccessStatusCode();

        await GroupTherapy.Tests.Support.Eventually.Async(
            async () => await _world.AskAsync<long>("select count(*) from decisions where member_id = $1 and point = 'waitlist_offer'", next) == 1,
            () => "no offer was decided"
        );

        await AssertStoredAsync(
            next,
            Points.WaitlistOffer,
            at => Hand(next, Points.WaitlistOffer, at) is var hand ? hand with { Member = hand.Member with { NextInLine = true } } : hand
        );
    }

    [Fact]
    public async Task At_joining_rejoining_and_while_present()
    {
        // Known before the seat: permits follow enrollments, and Room itself acts on a crisis of a running session.
        var member = await _world.MemberInAsync("FL");
        await _world.CrisisAsync(_session, member.Id, true, 2);
        await _world.CrisisAsync(_session, member.Id, false, 1);
        var maya = await SeatedAsync(member, _group);
        var permit = await _world.PermitAsync(maya, _session.SessionId);
        var opens = Starts.AddMinutes(-15);
        Assert.Equal(
            Bytes(AtTheDoor(maya.Id, Points.Join, opens, null, crisis: true)),
            await _world.AskAsync<string>("select inputs from permit_inputs where permit_id = $1 order by version desc limit 1", (Guid)permit["permitId"]!)
        );

        var join = await _world.JoinsAsync(permit, "US-NJ", Starts);
        await AssertStoredAsync(join, AtTheDoor(maya.Id, Points.Join, Starts, new LocationFacts("US-NJ", Starts)));
        var (later, present) = (Starts.AddMinutes(25), Starts.AddMinutes(20));
        var rejoin = await _world.JoinsAsync(permit, "US-FL", later, "rejoin", attestedAt: Starts, lastPresentAt: present);
        await AssertStoredAsync(rejoin, AtTheDoor(maya.Id, Points.Rejoin, later, new LocationFacts("US-FL", Starts, null, present)));
        var recheck = await _world.JoinsAsync(permit, "US-GA", later, "recheck", crisis: true, attestedAt: Starts);
        await AssertStoredAsync(recheck, AtTheDoor(maya.Id, Points.Recheck, later, new LocationFacts("US-GA", Starts), crisis: true));
        var crisis = (await _world.DecisionAsync(recheck))["decision"]!;
        Assert.Equal("allow_with_conditions", (string)crisis["outcome"]!);
        Assert.Contains("CRISIS_NEVER_DISCONNECT", Codes(crisis));
        Assert.Equal(0, await _world.AlarmsAsync(maya.Id));
        Assert.True(await _world.ReplaysAsync(join) && await _world.ReplaysAsync(rejoin) && await _world.ReplaysAsync(recheck));
    }

    [Fact]
    public async Task Before_joining_and_for_a_substitute()
    {
        var maya = await _world.SeatedAsync("FL", _group);
        await _world.RunAsync(
            "insert into practice_days (facilitator_id, jurisdiction, day, zone, session_id) values ($1, 'US-KS', '2026-11-20', " + "'America/Chicago', $2)",
            _ben,
            Guid.CreateVersion7()
        );
        _session = await _world.SubstituteAsync(_session, _ben);
        await using var work = await _world.Service.Get<Db>().BeginAsync(Caller.System("test"));
        var group = (await GroupStore.FindAsync(work, _group.GroupId))!;
        var opens = Starts.AddMinutes(-15);
        var read = await FactStore.ReadAsync(
            work,
            Rules,
            group,
            maya.Id,
            Points.Substitution,
            opens,
            _session.EndsAt,
            "video",
            _ben,
            [],
            maya.Enrollment,
            _session.SessionId
        );
        var hand = AtTheDoor(maya.Id, Points.Substitution, opens, null) with { Facilitators = [Ben("lead", 1) with { Substitute = true }] };
        AssertSame(hand, read);

        // What a member is told before the door is the pure answer to the same facts.
        var before = hand with
        {
            Point = Points.Precheck,
            Facilitators = [Ben("lead", 1) with { Substitute = true }, Ben("co", 1)],
            Member = hand.Member with { Location = new LocationFacts("US-NY", opens) },
        };
        var told = await maya.Http.GetFromJsonAsync<JsonNode>($"/api/me/eligibility?sessionId={_session.SessionId}&jurisdiction=US-NY");
        var pure = LicensingEngine.Decide(Rules, before, opens);
        Assert.Equal(pure.Outcome.Wire(), (string)told!["outcome"]!);
        Assert.Equal(pure.Reasons.Select(r => r.Code), Codes(told));
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("?jurisdiction=US-NY", HttpStatusCode.BadRequest)]
    [InlineData("?sessionId={session}", HttpStatusCode.BadRequest)]
    [InlineData("?sessionId={session}&jurisdiction=ny", HttpStatusCode.BadRequest)]
    [InlineData("?sessionId={session}&groupId={group}&jurisdiction=US-NY", HttpStatusCode.BadRequest)]
    [InlineData("?groupId={group}&jurisdiction=US-NY", HttpStatusCode.BadRequest)]
    [InlineData("?groupId={unknown}", HttpStatusCode.NotFound)]
    [InlineData("?sessionId={unknown}&jurisdiction=US-NY", HttpStatusCode.NotFound)]
    [InlineData("?sessionId={session}&jurisdiction=FOREIGN", HttpStatusCode.OK)]
    public async Task A_look_ahead_asks_for_a_group_or_for_a_session_and_a_place(string query, HttpStatusCode expected)
    {
        var (_, http) = await _world.MemberInAsync("FL");
        using var response = await http.GetAsync(
            "/api/me/eligibility"
                + query
                    .Replace("{session}", $"{_session.SessionId}", StringComparison.Ordinal)
                    .Replace("{group}", $"{_group.GroupId}", StringComparison.Ordinal)
                    .Replace("{unknown}", $"{Guid.CreateVersion7()}", StringComparison.Ordinal)
        );
        Assert.Equal(expected, response.StatusCode);
    }

    private FacilitatorFacts Ana =>
        new(
            $"{_ana}",
            "lead",
            "counselor",
            "US-FL",
            [Credential("licence", "US-FL", "LMHC", "2018-01-01", "2027-03-31"), Credential("licence", "US-NJ", "LPC", "2018-01-01", "2026-11-30")]
        );

    private FacilitatorFacts Ben(string role, int used = 0) =>
        new(
            $"{_ben}",
            role,
            "social_worker",
            "US-FL",
            [
                Credential("licence", "US-NY", "LCSW", "2018-01-01", "2028-01-31"),
                Credential("temporary_permit", "US-KS", null, "2026-01-01", "2026-12-31", used),
            ]
        );

    private static CredentialFacts Credential(string kind, string place, string? type, string from, string to, int? used = null) =>
        new(kind, place, "active", DateOnly.Parse(from, null), DateOnly.Parse(to, null), false, type, null, null, used);

    private LicensingRequest Hand(Guid member, string point, DateTimeOffset at) =>
        new(
            "grouport",
            point,
            at,
            Instant("2026-12-31T00:00:00Z"),
            "video",
            new GroupFacts("psychotherapy_group", 18),
            [Ana, Ben("co")],
            new MemberFacts($"{member}", new DateOnly(1990, 5, 5), new ResidenceFacts("US-FL", null, "33602"), null)
        );

    private LicensingRequest AtTheDoor(Guid member, string point, DateTimeOffset at, LocationFacts? location, bool crisis = false) =>
        Hand(member, point, at) is var hand
            ? hand with
            {
                Until = Starts.AddHours(1),
                Member = hand.Member with { Location = location, Crisis = crisis, EnrolledUnder = 1 },
            }
            : hand;

    private static string Bytes(LicensingRequest request) => Encoding.UTF8.GetString(LicensingEngine.Inputs(Rules, request, request.At));

    private static void AssertSame(LicensingRequest hand, LicensingRequest read) => Assert.Equal(Bytes(hand), Bytes(read));

    private async Task AssertStoredAsync(Guid member, string point, Func<DateTimeOffset, LicensingRequest> hand)
    {
        var stored = await _world.AskAsync<string>("select inputs from decisions where member_id = $1 and point = $2 order by id limit 1", member, point);
        Assert.Equal(Bytes(hand(JsonSerializer.Deserialize<DecisionInputs>(stored, LicensingJson.Options)!.At)), stored);
    }

    private async Task AssertStoredAsync(Guid decision, LicensingRequest hand) =>
        Assert.Equal(Bytes(hand), await _world.AskAsync<string>("select inputs from decisions where id = $1", decision));
}
