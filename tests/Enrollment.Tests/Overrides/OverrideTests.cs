using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Tests.Scenarios;
using GroupTherapy.Platform.Time;
using Npgsql;
using static GroupTherapy.Enrollment.Tests.Scenarios.Steps;

namespace GroupTherapy.Enrollment.Tests.Overrides;

/// <summary>What two people may decide about one member and session, and what nobody may.</summary>
public sealed class OverrideTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private HttpClient Second { get; } = world.Service.As(Guid.CreateVersion7(), "operator");

    // Ben is licensed in New York; his claim in Florida hangs on disputed rows.
    private async Task<(GroupSnapshot Group, SessionSnapshot Session, Seated Maya, JsonNode Permit)> DisputedAsync()
    {
        var today = DateOnly.FromDateTime(world.Clock.GetUtcNow().UtcDateTime);
        var ben = await world.FacilitatorAsync(
            "social_worker",
            "grouport",
            Licence("US-NY", "LCSW", today.AddDays(900).ToString("yyyy-MM-dd")),
            new
            {
                kind = "compact_privilege",
                jurisdiction = "US-NY",
                compact = "SOCIAL_WORK",
                homeState = "US-NY",
                status = "active",
                validFrom = "2022-01-01",
                validTo = today.AddDays(900).ToString("yyyy-MM-dd"),
                encumbered = false,
            }
        );
        var group = await world.GroupLedByAsync(world.Ana);
        var session = await world.SessionAtAsync(group, world.Clock.GetUtcNow().ToMicroseconds().AddHours(1));
        var maya = await world.SeatedAsync("FL", group);
        session = await world.SubstituteAsync(session, ben);
        var permit = await world.PermitAsync(maya, session.SessionId, p => p.Outcome("US-FL") == "deny");
        Assert.Contains("RULE_DISPUTED", permit.Codes("US-FL"));
        return (group, session, maya, permit);
    }

    private static object Asking(
        Guid member,
        Guid session,
        DateTimeOffset expiresAt,
        string reason = "The board's letter is on file.",
        string point = "join"
    ) =>
        new
        {
            memberId = member,
            sessionId = session,
            point,
            reason,
            expiresAt,
        };

    private static async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(HttpClient http, string path, object? body = null)
    {
        using var response = body is null ? await http.PostAsync(path, null) : await http.PostAsJsonAsync(path, body);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    [Fact]
    public async Task Two_operators_let_in_whose_route_is_disputed_until_it_ends_or_is_taken_back()
    {
        var (_, session, maya, before) = await DisputedAsync();
        var expiresAt = session.EndsAt.AddMinutes(10);
        var (asked, request) = await PostAsync(world.Operator, "/api/licensing/overrides", Asking(maya.Id, session.SessionId, expiresAt));
        Assert.Equal((HttpStatusCode.Created, "asked"), (asked, (string)request["status"]!));
        var path = $"/api/licensing/overrides/{request["id"]}";

        var (refused, problem) = await PostAsync(world.Operator, $"{path}/approve");
        Assert.Equal((HttpStatusCode.Conflict, "same-author"), (refused, (string)problem["code"]!));
        var (approved, done) = await PostAsync(Second, $"{path}/approve");
        Assert.Equal((HttpStatusCode.OK, "approved"), (approved, (string)done["status"]!));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(Second, $"{path}/approve")).Status);

        var permit = await world.PermitAsync(maya, session.SessionId, p => p.Outcome("US-FL") == "allow_with_conditions");
        Assert.Equal(["override"], permit.Row("US-FL")["conditions"]!.AsArray().Select(c => (string)c!));
        Assert.Equal(before.Codes("US-FL"), permit.Codes("US-FL"));
        Assert.True(permit.Until("US-FL") <= expiresAt);
        Assert.Equal("deny", permit.Outcome("US-TX"));
        var joined = await world.JoinsAsync(permit, "US-FL", session.StartsAt);
        var back = await world.JoinsAsync(permit, "US-FL", session.StartsAt.AddMinutes(5), "rejoin");
        Assert.True(await world.ReplaysAsync(joined) && await world.ReplaysAsync(back));
        Assert.Equal((string)request["id"]!, (string)(await world.DecisionAsync(joined))["inputs"]!["request"]!["member"]!["override"]!["id"]!);
        Assert.Equal(0, await world.AlarmsAsync(maya.Id));

        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(world.Operator, $"{path}/revoke", new { reason = " " })).Status);
        var (revoked, over) = await PostAsync(world.Operator, $"{path}/revoke", new { reason = "The letter was withdrawn." });
        Assert.Equal((HttpStatusCode.OK, "revoked", "The letter was withdrawn."), (revoked, (string)over["status"]!, (string)over["revokedFor"]!));
        await world.PermitAsync(maya, session.SessionId, p => p.Outcome("US-FL") == "deny" && (long)p["version"]! > (long)permit["version"]!);
        Assert.Equal("override-over", (string)(await PostAsync(Second, $"{path}/approve")).Body["code"]!);
        Assert.Equal("override-over", (string)(await PostAsync(Second, $"{path}/revoke", new { reason = "Again." })).Body["code"]!);

        var list = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/overrides?memberId={maya.Id}");
        Assert.Equal("revoked", (string)list!["items"]!.AsArray().Single()!["status"]!);
        Assert.Equal(["override.asked", "override.approved", "override.revoked"], await Acts(maya.Id));
        var refusedByDatabase = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var source = NpgsqlDataSource.Create(world.Runtime);
            await source.CreateCommand("update overrides set expires_at = expires_at + interval '1 year'").ExecuteNonQueryAsync();
        });
        Assert.Equal("42501", refusedByDatabase.SqlState);
    }

    [Fact]
    public async Task A_licence_that_is_not_there_stays_missing_whatever_two_people_decide()
    {
        var group = await world.GroupLedByAsync(world.Ana);
        var session = await world.SessionAtAsync(group, world.Clock.GetUtcNow().AddHours(1));
        var maya = await world.SeatedAsync("FL", group);
        var eli = await world.FacilitatorAsync("instructor", "grouport");
        session = await world.SubstituteAsync(session, eli);
        var before = await world.PermitAsync(maya, session.SessionId, p => p.Outcome("US-FL") == "deny");

        var (_, request) = await PostAsync(world.Operator, "/api/licensing/overrides", Asking(maya.Id, session.SessionId, session.EndsAt));
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(Second, $"/api/licensing/overrides/{request["id"]}/approve")).Status);
        await world.QuietAgainAsync();

        Assert.Equal((long)before["version"]!, (long)(await world.PermitAsync(maya, session.SessionId))["version"]!);
        Assert.All(before["places"]!.AsArray(), place => Assert.Equal("deny", (string)place!["outcome"]!));
    }

    [Fact]
    public async Task It_has_an_end_a_reason_a_member_and_a_session_or_it_is_not_taken()
    {
        var (_, session, maya, _) = await DisputedAsync();
        var end = session.EndsAt;
        foreach (
            var (body, field) in new (object, string)[]
            {
                (Asking(maya.Id, session.SessionId, world.Clock.GetUtcNow().AddSeconds(-1)), "expiresAt"),
                (Asking(maya.Id, session.SessionId, end.AddHours(1).AddSeconds(1)), "expiresAt"),
                (Asking(maya.Id, session.SessionId, end, reason: ""), "reason"),
                (Asking(maya.Id, session.SessionId, end, point: "enrol"), "point"),
                (
                    new
                    {
                        memberId = maya.Id,
                        sessionId = session.SessionId,
                        point = "join",
                        reason = "A reason.",
                    },
                    "expiresAt"
                ),
                (
                    new
                    {
                        sessionId = session.SessionId,
                        point = "join",
                        reason = "A reason.",
                        expiresAt = end,
                    },
                    "memberId"
                ),
                (
                    new
                    {
                        memberId = maya.Id,
                        point = "join",
                        reason = "A reason.",
                        expiresAt = end,
                    },
                    "sessionId"
                ),
            }
        )
        {
            var (status, problem) = await PostAsync(world.Operator, "/api/licensing/overrides", body);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(field, problem["errors"]!.AsObject().Select(e => e.Key));
        }

        Assert.Equal(
            HttpStatusCode.NotFound,
            (await PostAsync(world.Operator, "/api/licensing/overrides", Asking(Guid.CreateVersion7(), session.SessionId, end))).Status
        );
        var elsewhere = world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(elsewhere, "/api/licensing/overrides", Asking(maya.Id, session.SessionId, end))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(maya.Http, "/api/licensing/overrides", Asking(maya.Id, session.SessionId, end))).Status);
        Assert.Equal(0L, await world.AskAsync<long>("select count(*) from overrides where member_id = $1", maya.Id));

        // The last instant is taken.
        var (taken, request) = await PostAsync(world.Operator, "/api/licensing/overrides", Asking(maya.Id, session.SessionId, end.AddHours(1)));
        Assert.Equal(HttpStatusCode.Created, taken);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(elsewhere, $"/api/licensing/overrides/{request["id"]}/approve")).Status);
    }

    private async Task<string[]> Acts(Guid subject) =>
        (
            await world.AskAsync<string>("select string_agg(act, ' ' order by id) from audit_entries where act like 'override.%' and subject = $1", subject)
        ).Split(' ');
}
