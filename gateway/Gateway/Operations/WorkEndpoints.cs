using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Gateway.Audit;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.Operations;

/// <summary>Background failures of all services, for operators: scheduled work that is retried, and messages in error queues.</summary>
internal static class WorkEndpoints
{
    /// <summary>Which row of scheduled work to try now.</summary>
    public sealed record Retry(string Service, string Kind, string Key);

    private const int LongestName = 255;

    /// <summary>Which error queue to put back in front of its consumer.</summary>
    public sealed record Replay(string Service, string Queue);

    /// <summary>How many messages were put back.</summary>
    public sealed record Replayed(int Moved);

    public sealed record FailingWork(
        string Service,
        string Kind,
        string Key,
        DateTimeOffset DueAt,
        DateTimeOffset NextAttemptAt,
        int Attempts,
        string? LastError
    );

    public sealed record FailedMessages(string Service, string Queue, int Messages);

    public static void MapWork(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/api/work",
                (string? service, ClaimsPrincipal person, ServiceCalls calls, CancellationToken ct) => ListAsync("/internal/work", service, person, calls, ct)
            )
            .For(Roles.Operator)
            .Produces<Page<FailingWork>>()
            .Describe("listFailingWork", Tag.Operations, "Scheduled work that fails");
        app.MapGet(
                "/api/work/errors",
                (string? service, ClaimsPrincipal person, ServiceCalls calls, CancellationToken ct) => ListAsync("/internal/errors", service, person, calls, ct)
            )
            .For(Roles.Operator)
            .Produces<Page<FailedMessages>>()
            .Describe("listFailedMessages", Tag.Operations, "Queues of messages that were given up");
        app.MapPost(
                "/api/work/retry",
                (Retry request, ClaimsPrincipal person, ServiceCalls calls, CancellationToken ct) =>
                    SendAsync(
                        "/internal/work/retry",
                        request.Service,
                        new { request.Kind, request.Key },
                        new FieldErrors().Text(request.Kind, "kind", LongestName).Text(request.Key, "key", LongestName),
                        person,
                        calls,
                        ct
                    )
            )
            .For(Roles.Operator)
            .Produces(204)
            .Refuses(404, "not-found")
            .Describe("retryWork", Tag.Operations, "Try scheduled work again now");
        app.MapPost(
                "/api/work/errors/replay",
                (Replay request, ClaimsPrincipal person, ServiceCalls calls, CancellationToken ct) =>
                    SendAsync(
                        "/internal/errors/replay",
                        request.Service,
                        new { request.Queue },
                        new FieldErrors().Text(request.Queue, "queue", LongestName),
                        person,
                        calls,
                        ct
                    )
            )
            .For(Roles.Operator)
            .Produces<Replayed>()
            .Refuses(404, "not-found")
            .Describe("replayMessages", Tag.Operations, "Handle given-up messages again");
    }

    private static async Task<IResult> ListAsync(string path, string? service, ClaimsPrincipal person, ServiceCalls calls, CancellationToken ct)
    {
        if (service is not null && Unknown(service) is { } problem)
        {
            return problem;
        }

        var items = new JsonArray();
        foreach (var name in service is null ? GatewaySettings.ServiceNames : [service])
        {
            using var answer = await calls.GetAsync(name, path, person, ct);
            if (answer is null)
            {
                return Problem.TryAgain();
            }

            if (!answer.IsSuccessStatusCode)
            {
                return await RelayAsync(answer, ct);
            }

            foreach (var item in (await answer.Content.ReadFromJsonAsync<JsonObject>(ct))!["items"]!.AsArray())
            {
                items.Add(item!.DeepClone());
            }
        }

        return TypedResults.Ok(new JsonObject { ["items"] = items, ["nextCursor"] = null });
    }

    private static async Task<IResult> SendAsync(
        string path,
        string service,
        object body,
        FieldErrors errors,
        ClaimsPrincipal person,
        ServiceCalls calls,
        CancellationToken ct
    )
    {
        if ((Unknown(service) ?? (errors.Any ? errors.ToProblem() : null)) is { } problem)
        {
            return problem;
        }

        using var answer = await calls.PostAsync(service, path, body, person, ct);
        return answer is null ? Problem.TryAgain()
            : answer.StatusCode == System.Net.HttpStatusCode.NoContent ? TypedResults.NoContent()
            : await RelayAsync(answer, ct);
    }

    private static Problem? Unknown(string service) =>
        GatewaySettings.ServiceNames.Contains(service) ? null : Problem.Invalid("service", $"One of {string.Join(", ", GatewaySettings.ServiceNames)}.");

    private static async Task<IResult> RelayAsync(HttpResponseMessage answer, CancellationToken ct) =>
        TypedResults.Text(
            await answer.Content.ReadAsStringAsync(ct),
            answer.Content.Headers.ContentType?.ToString() ?? Problem.MediaType,
            statusCode: (int)answer.StatusCode
        );
}
