using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Time;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;

namespace GroupTherapy.Enrollment.Tests.Scenarios;

/// <summary>What happens to people and groups, as messages that Scheduling and Room would send and requests that people would make.</summary>
internal static class Steps
{
    public static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A world of its own whose clock starts at an instant.</summary>
    public static async Task<EnrollmentWorld> WorldAtAsync(string instant)
    {
        var world = new EnrollmentWorld(Instant(instant));
        await world.InitializeAsync();
        return world;
    }

    public static async Task<Guid> FacilitatorAsync(this EnrollmentWorld world, string profession, string practice, params object[] credentials)
    {
        var id = Guid.CreateVersion7();
        await world.FacilitatorAsync(id, profession, [practice]);
        foreach (var credential in credentials)
        {
            await world.CredentialAsync(id, credential);
        }

        return id;
    }

    public static async Task<Guid> CredentialAsync(this EnrollmentWorld world, Guid facilitator, object credential)
    {
        using var response = await world.Operator.PostAsJsonAsync($"/api/facilitators/{facilitator}/credentials", credential);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (Guid)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!;
    }

    public static object Licence(string place, string type, string to, string from = "2018-01-01") =>
        new
        {
            kind = "licence",
            jurisdiction = place,
            type,
            status = "active",
            validFrom = from,
            validTo = to,
            encumbered = false,
        };

    public static object TemporaryPermit(string place, string from, string to) =>
        new
        {
            kind = "temporary_permit",
            jurisdiction = place,
            status = "active",
            validFrom = from,
            validTo = to,
            encumbered = false,
        };

    public static async Task<GroupSnapshot> GroupLedByAsync(
        this EnrollmentWorld world,
        Guid lead,
        string practice = "grouport",
        string serviceClass = "psychotherapy_group",
        int seats = 10,
        Guid[]? cos = null,
        DateTimeOffset? seriesEndsAt = null
    )
    {
        var group = new GroupSnapshot(
            Guid.CreateVersion7(),
            practice,
            $"A {serviceClass}",
            serviceClass,
            seats,
            18,
            lead,
            cos ?? [],
            false,
            false,
            seriesEndsAt,
            false,
            1
        );
        await world.DeliverAsync<UpsertSeatGroupWhenGroupOpened, GroupOpened>(new GroupOpened(group, world.Clock.GetUtcNow()));
        return group;
    }

    public static async Task<SessionSnapshot> SessionAtAsync(this EnrollmentWorld world, GroupSnapshot group, DateTimeOffset startsAt, int minutes = 60)
    {
        var session = new SessionSnapshot(
            Guid.CreateVersion7(),
            group.GroupId,
            group.Practice,
            group.ServiceClass,
            "video",
            startsAt,
            startsAt.AddMinutes(minutes),
            "America/New_York",
            group.LeadFacilitatorId,
            group.CoFacilitatorIds,
            group.Capacity,
            30,
            true,
            false,
            1
        );
        await world.DeliverAsync<PlanPermitsWhenSessionScheduled, SessionScheduled>(new SessionScheduled(session, world.Clock.GetUtcNow()));
        return session;
    }

    public static async Task<SessionSnapshot> SubstituteAsync(this EnrollmentWorld world, SessionSnapshot session, Guid lead)
    {
        var changed = session with { LeadFacilitatorId = lead, Version = session.Version + 1 };
        await world.DeliverAsync<DecideAgainWhenFacilitatorSubstituted, FacilitatorSubstituted>(new FacilitatorSubstituted(changed, world.Clock.GetUtcNow()));
        return changed;
    }

    /// <summary>A member who lives in a state and has a confirmed seat.</summary>
    public static async Task<Seated> SeatedAsync(this EnrollmentWorld world, string state, GroupSnapshot group) =>
        await SeatedAsync(await world.MemberInAsync(state), group);

    public static async Task<Seated> SeatedAsync((Guid Id, HttpClient Http) member, GroupSnapshot group)
    {
        var (id, http) = member;
        var (status, reserved) = await EnrolAsync(http, group.GroupId);
        Assert.True(status == HttpStatusCode.Created, reserved.ToJsonString());
        var (confirmed, enrolled) = await ConfirmAsync(http, reserved);
        Assert.Equal((HttpStatusCode.OK, "enrolled"), (confirmed, (string)enrolled["status"]!));
        return new Seated(id, http, (Guid)reserved["id"]!, group.GroupId);
    }

    /// <summary>The newest permit for a session, once it is as expected.</summary>
    public static Task<JsonNode> PermitAsync(this EnrollmentWorld world, Seated member, Guid session, Func<JsonNode, bool>? isExpected = null)
    {
        JsonNode? seen = null;
        return Eventually.ValueAsync(
            async () =>
            {
                seen = (await world.SentAsync("permit-changed", member.Id)).LastOrDefault(permit => (Guid)permit["sessionId"]! == session);
                return seen is not null && (isExpected is null || isExpected(seen)) ? seen : null;
            },
            () => $"no permit was as expected; the last one: {seen?["places"]}",
            TimeSpan.FromSeconds(60)
        );
    }

    public static JsonNode Row(this JsonNode permit, string place) => permit["places"]!.AsArray().Single(p => (string)p!["jurisdiction"]! == place)!;

    public static string Outcome(this JsonNode permit, string place) => (string)permit.Row(place)["outcome"]!;

    public static DateTimeOffset? Until(this JsonNode permit, string place) => permit.Row(place)["until"] is { } until ? Instant((string)until!) : null;

    public static string[] Codes(this JsonNode permit, string place) =>
        [.. permit.Row(place)["reasons"]!.AsArray().Select(at => (string)permit["reasons"]![(int)at!]!["code"]!)];

    /// <summary>The reasons for an answer, without the one that the seat is kept meanwhile: it comes a moment later, when the grace has begun.</summary>
    public static string[] CodesButGrace(this JsonNode permit, string place) => [.. permit.Codes(place).Where(code => code != "SEAT_GRACE")];

    public static string[] Codes(JsonNode decision) => [.. decision["reasons"]!.AsArray().Select(reason => (string)reason!["code"]!)];

    /// <summary>Room answers at the door from a permit's row, as its own rules do, and reports it.</summary>
    /// <returns>The id of the decision.</returns>
    public static async Task<Guid> JoinsAsync(
        this EnrollmentWorld world,
        JsonNode permit,
        string place,
        DateTimeOffset at,
        string point = "join",
        bool crisis = false,
        DateTimeOffset? attestedAt = null,
        DateTimeOffset? lastPresentAt = null
    )
    {
        var (outcome, codes) = (permit.Outcome(place), permit.Codes(place).ToList());
        if (crisis && point is "rejoin" or "recheck" && outcome is "hold" or "deny")
        {
            outcome = "allow_with_conditions";
            codes.Add("CRISIS_NEVER_DISCONNECT");
        }

        var decision = Guid.CreateVersion7(at);
        await world.DeliverAsync<DecideAgainWhenJoinDecided, JoinDecided>(Message());
        await world.DeliverAsync<CountPracticeDayWhenJoinDecided, JoinDecided>(Message());
        return decision;

        JoinDecided Message() =>
            new(
                decision,
                (Guid)permit["permitId"]!,
                (long)permit["version"]!,
                (Guid)permit["enrollmentId"]!,
                (Guid)permit["memberId"]!,
                (Guid)permit["groupId"]!,
                (Guid)permit["sessionId"]!,
                point,
                place,
                attestedAt ?? at,
                lastPresentAt,
                at,
                outcome,
                codes,
                (int)permit["ruleSet"]!,
                (string)permit["engine"]!,
                crisis
            );
    }

    public static Task EndsAsync(this EnrollmentWorld world, SessionSnapshot session, params Seated[] present) =>
        world.DeliverAsync<CountPracticeDaysWhenSessionEnded, SessionEnded>(
            new SessionEnded(
                session.SessionId,
                session.GroupId,
                session.StartsAt,
                session.EndsAt,
                "ended",
                [
                    .. present.Select(p => new AttendanceRecord(
                        Guid.CreateVersion7(),
                        p.Id,
                        [new AttendanceSegment(session.StartsAt, session.EndsAt)],
                        60,
                        false,
                        false,
                        "present"
                    )),
                ],
                9
            )
        );

    public static Task CrisisAsync(this EnrollmentWorld world, SessionSnapshot session, Guid member, bool open, long version) =>
        world.DeliverAsync<SaveCrisisWhenCrisisChanged, CrisisChanged>(
            new CrisisChanged(session.SessionId, session.GroupId, Guid.CreateVersion7(), member, open, version, world.Clock.GetUtcNow().ToMicroseconds())
        );

    public static async Task<JsonNode> DecisionAsync(this EnrollmentWorld world, Guid id) =>
        (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/decisions/{id}"))!;

    /// <summary>The stored answer, made again from what it was made from, comes out byte for byte.</summary>
    public static async Task<bool> ReplaysAsync(this EnrollmentWorld world, Guid id)
    {
        using var response = await world.Operator.PostAsync($"/api/licensing/decisions/{id}/replay", null);
        return (bool)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["identical"]!;
    }

    /// <summary>No permit is due any more: what there was to do is done.</summary>
    public static Task QuietAgainAsync(this EnrollmentWorld world) =>
        Eventually.Async(
            async () => await world.AskAsync<long>("select count(*) from due_work where kind like 'permit.%' and due_at <= $1", world.Clock.GetUtcNow()) == 0,
            () => "permits are still due",
            TimeSpan.FromSeconds(60)
        );

    public static Task<long> AlarmsAsync(this EnrollmentWorld world, Guid member) =>
        world.AskAsync<long>("select count(*) from audit_entries where act = 'decision.alarm' and subject = $1", member);
}

/// <summary>A member with a confirmed seat.</summary>
internal sealed record Seated(Guid Id, HttpClient Http, Guid Enrollment, Guid Group);
