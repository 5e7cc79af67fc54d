using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Gateway.Tests;

/// <summary>The joined audit record: Identity's own, and what stubs of the others tell.</summary>
public sealed class AuditTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task R01_the_record_is_for_operators()
    {
        using var anyone = stage.Client();
        using var member = stage.Client((await stage.SignInAsync()).AccessToken);
        using var facilitator = stage.Client((await stage.SignInAsAsync("facilitator")).AccessToken);
        foreach (var path in new[] { "/api/audit", "/api/audit/verify", "/api/audit/export?service=identity" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await anyone.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await member.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await facilitator.GetAsync(path)).StatusCode);
        }
    }

    [Fact]
    public async Task A_refusal_by_the_gateway_is_audited_with_its_caller_address_and_trace()
    {
        var cookie = await stage.CookieAsync();
        using var client = stage.Client();
        using var anonymous = await client.PostAsync("/hubs/room/negotiate?session=0197a000-0000-7000-8000-000000000001", null);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        using var foreign = new HttpRequestMessage(HttpMethod.Put, "/api/groups/0197a000-0000-7000-8000-000000000001");
        foreign.Headers.Add("Cookie", cookie);
        foreign.Headers.Add("Origin", "https://attacker.example.net");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(foreign)).StatusCode);

        var account = new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(cookie.Split('=')[1]).Subject;
        var db = stage.Identity!.Services.GetRequiredService<Db>();
        IReadOnlyList<string> rows = [];
        await Eventually.Async(
            async () =>
                (
                    rows = await db.QueryAsync<string>(
                        """
                        select concat_ws(' ', data::json ->> 'what', who, source, length(trace)) from audit_entries
                        where act = 'access.refused' and data like '%gateway:%'
                        """
                    )
                ).Count(r => r.Contains("negotiate", StringComparison.Ordinal) || r.Contains("origin", StringComparison.Ordinal)) >= 2,
            () => $"the refusals are not on record: {string.Join("; ", rows)}"
        );
        Assert.Contains("gateway: 401 not-signed-in POST /hubs/room/negotiate anonymous 127.0.0.0/24 32", rows);
        Assert.Contains($"gateway: 403 origin-not-allowed PUT /api/groups/{{**rest}} account:{account} 127.0.0.0/24 32", rows);
    }

    [Fact]
    public async Task Pages_walk_the_services_in_turn_and_end()
    {
        Tell(stage.Enrollment, "enrollment", 3);
        Tell(stage.Scheduling, "scheduling", 0);
        Tell(stage.Room1, "room", 2);
        Tell(stage.Notifications, "notifications", 0);
        using var client = stage.Client((await stage.SignInAsAsync("operator")).AccessToken);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = (await client.GetFromJsonAsync<JsonObject>($"/api/audit?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}"))!;
            Assert.InRange(page["items"]!.AsArray().Count, 0, 2);
            seen.AddRange(page["items"]!.AsArray().Select(i => (string)i!["service"]!));
            cursor = (string?)page["nextCursor"];
        } while (cursor is not null);
        Assert.Equal(["identity", "enrollment", "room"], seen.Distinct());
        Assert.Equal((3, 2), (seen.Count(s => s == "enrollment"), seen.Count(s => s == "room")));

        var one = (
            await client.GetFromJsonAsync<JsonObject>("/api/audit?service=enrollment&subject=0198f7a0-0000-7000-8000-000000000001&from=2026-11-24T00:00:00Z")
        )!;
        Assert.Equal(3, one["items"]!.AsArray().Count);
        Assert.Null(one["nextCursor"]);
        foreach (var bad in new[] { "?service=care", "?service=../identity", "?cursor=damaged", "?limit=0", "?subject=x" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync($"/api/audit{bad}")).StatusCode);
        }
    }

    [Fact]
    public async Task All_chains_are_intact_together_or_not()
    {
        stage.Scheduling.Internal["/internal/audit/verify"] = _ =>
            TypedResults.Ok(
                new
                {
                    entries = 5,
                    intact = true,
                    firstBroken = (long?)null,
                }
            );
        stage.Room1.Internal["/internal/audit/verify"] = _ =>
            TypedResults.Ok(
                new
                {
                    entries = 7,
                    intact = true,
                    firstBroken = (long?)null,
                }
            );
        stage.Notifications.Internal["/internal/audit/verify"] = _ =>
            TypedResults.Ok(
                new
                {
                    entries = 1,
                    intact = true,
                    firstBroken = (long?)null,
                }
            );
        stage.Enrollment.Internal["/internal/audit/verify"] = _ =>
            TypedResults.Ok(
                new
                {
                    entries = 9,
                    intact = true,
                    firstBroken = (long?)null,
                }
            );
        using var client = stage.Client((await stage.SignInAsAsync("operator")).AccessToken);
        var verdict = (await client.GetFromJsonAsync<JsonObject>("/api/audit/verify"))!;
        Assert.True((bool)verdict["intact"]!);
        Assert.True((long)verdict["entries"]! >= 21);
        Assert.Null(verdict["firstBroken"]);

        stage.Enrollment.Internal["/internal/audit/verify"] = _ =>
            TypedResults.Ok(
                new
                {
                    entries = 3,
                    intact = false,
                    firstBroken = 4,
                }
            );
        verdict = (await client.GetFromJsonAsync<JsonObject>("/api/audit/verify"))!;
        Assert.Equal((false, 4), ((bool)verdict["intact"]!, (int)verdict["firstBroken"]!));
        Assert.True((bool)(await client.GetFromJsonAsync<JsonObject>("/api/audit/verify?service=room"))!["intact"]!);

        stage.Enrollment.Internal["/internal/audit/verify"] = _ => TypedResults.StatusCode(503);
        using var partly = await client.GetAsync("/api/audit/verify");
        await HeaderTests.ProblemAsync(partly, 503, "try-again");
    }

    [Fact]
    public async Task An_export_is_one_services_lines()
    {
        using var client = stage.Client((await stage.SignInAsAsync("operator")).AccessToken);
        using var which = await client.GetAsync("/api/audit/export");
        await HeaderTests.ProblemAsync(which, 400, "validation");
        stage.Enrollment.Internal["/internal/audit/export"] = request =>
        {
            Assert.StartsWith("Bearer ey", request.Headers.Authorization.ToString(), StringComparison.Ordinal);
            return TypedResults.Text("{\"seq\":1}\n{\"seq\":2}\n", "application/x-ndjson");
        };
        using var answer = await client.GetAsync("/api/audit/export?service=enrollment");
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("{\"seq\":1}\n{\"seq\":2}\n", await answer.Content.ReadAsStringAsync());
        using var own = await client.GetAsync("/api/audit/export?service=identity");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    private static void Tell(StubService stub, string service, int entries) =>
        stub.Internal["/internal/audit"] = request =>
        {
            var (skip, limit) = (int.Parse("0" + request.Query["cursor"], null), int.Parse(request.Query["limit"]!, null));
            var items = Enumerable
                .Range(0, entries)
                .Skip(skip)
                .Take(limit)
                .Select(i => new
                {
                    service,
                    seq = i,
                    act = "x",
                })
                .ToArray();
            return TypedResults.Ok(new { items, nextCursor = skip + limit < entries ? $"{skip + limit}" : null });
        };
}
