using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Gateway.Tests;

/// <summary>Failing background work of all services, joined for operators: Identity's own, and what stubs of the others answer.</summary>
public sealed class WorkTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task Operators_see_failing_work_of_every_service_and_retry_it()
    {
        using var operators = stage.Client((await stage.SignInAsAsync("operator")).AccessToken);
        stage.Enrollment.Internal["/internal/work"] = _ =>
            Items(
                new
                {
                    service = "enrollment",
                    kind = "seat.expire",
                    key = "1",
                    attempts = 3,
                }
            );
        stage.Scheduling.Internal["/internal/work"] = _ => Items();
        stage.Room1.Internal["/internal/work"] = _ => Items();
        stage.Notifications.Internal["/internal/work"] = _ => Items();
        stage.Enrollment.Internal["/internal/work/retry"] = _ => TypedResults.NoContent();

        var page = (await operators.GetFromJsonAsync<JsonObject>("/api/work"))!;
        Assert.Equal("seat.expire", (string?)Assert.Single(page["items"]!.AsArray())!["kind"]);
        Assert.Empty((await operators.GetFromJsonAsync<JsonObject>("/api/work?service=room"))!["items"]!.AsArray());
        using var retried = await operators.PostAsJsonAsync(
            "/api/work/retry",
            new
            {
                service = "enrollment",
                kind = "seat.expire",
                key = "1",
            }
        );
        Assert.Equal(HttpStatusCode.NoContent, retried.StatusCode);
        using var unknown = await operators.PostAsJsonAsync(
            "/api/work/retry",
            new
            {
                service = "gateway",
                kind = "x",
                key = "1",
            }
        );
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    [Fact]
    public async Task Members_and_facilitators_see_no_background_work()
    {
        using var member = stage.Client((await stage.SignInAsync()).AccessToken);
        using var facilitator = stage.Client((await stage.SignInAsAsync("facilitator")).AccessToken);
        foreach (var path in new[] { "/api/work", "/api/work/errors" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await member.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await facilitator.GetAsync(path)).StatusCode);
        }
    }

    private static IResult Items(params object[] items) => TypedResults.Ok(new { items, nextCursor = (string?)null });
}
