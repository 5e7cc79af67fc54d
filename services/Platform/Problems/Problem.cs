using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using GroupTherapy.Platform.Json;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Platform.Problems;

/// <summary>A refusal as RFC 9457 problem details: a stable code and a sentence in plain words.</summary>
/// <param name="Errors">Messages by field, for a 400.</param>
/// <param name="Extra">Further members, such as <c>decision</c>.</param>
/// <param name="RetryAfter">Seconds; for a refusal that will soon be different.</param>
public sealed record Problem(
    int Status,
    string Code,
    string Detail,
    IReadOnlyDictionary<string, string[]>? Errors = null,
    IReadOnlyDictionary<string, object?>? Extra = null,
    int? RetryAfter = null
) : IResult
{
    public const string MediaType = "application/problem+json";

    private static readonly Meter Meter = new("GroupTherapy.Platform");
    private static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "grouptherapy.refusals",
        "{response}",
        "Responses that were problem details, by code."
    );

    /// <summary>The answer to an unknown id and to another person's resource, byte for byte the same but for the trace id.</summary>
    public static Problem NotFound() => new(404, "not-found", "There is nothing here that you may see.");

    /// <summary>Another service accepted it perhaps, and it is on its way here.</summary>
    public static Problem NotYetKnown() => NotFound() with { RetryAfter = 1 };

    public static Problem Invalid(string field, string message) =>
        new(400, "validation", "Some of what was sent is not right.", new Dictionary<string, string[]> { [field] = [message] });

    public static Problem TryAgain() =>
        new(503, "try-again", "The service is not able to answer right now. Nothing was changed; please try again shortly.", RetryAfter: 1);

    /// <summary>The answer to the COMMIT was lost. The same Idempotency-Key answers what happened.</summary>
    public static Problem OutcomeUnknown() =>
        TryAgain() with
        {
            Detail = "The service cannot tell right now whether this was done. Please look, or try again shortly with the same " + "Idempotency-Key.",
        };

    public Dictionary<string, object?> Body()
    {
        var body = new Dictionary<string, object?>
        {
            ["type"] = $"/problems/{Code}",
            ["title"] = Title(Status),
            ["status"] = Status,
            ["code"] = Code,
            ["detail"] = Detail,
            ["traceId"] = Activity.Current?.TraceId.ToHexString() ?? "",
        };
        if (Errors is not null)
        {
            body["errors"] = Errors;
        }

        foreach (var (key, value) in Extra ?? new Dictionary<string, object?>())
        {
            body[key] = value;
        }

        return body;
    }

    /// <summary>Counts a refusal by its code and notes it for the audit entry.</summary>
    internal static void Note(HttpContext context, string code, int status)
    {
        context.Items[typeof(Problem)] = code;
        Refusals.Add(1, new("code", code), new KeyValuePair<string, object?>("status", status));
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        Note(httpContext, Code, Status);
        httpContext.Response.StatusCode = Status;
        if (RetryAfter is { } seconds)
        {
            httpContext.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return httpContext.Response.WriteAsJsonAsync(Body(), ContractJson.Options, MediaType, httpContext.RequestAborted);
    }

    private static string Title(int status) =>
        status switch
        {
            400 => "Bad request",
            401 => "Not signed in",
            403 => "Not allowed",
            404 => "Not found",
            405 => "Method not allowed",
            409 => "Conflict",
            412 => "Changed meanwhile",
            413 => "Too large",
            415 => "Unsupported media type",
            422 => "Cannot be processed",
            429 => "Too many requests",
            503 => "Unavailable",
            _ => "Error",
        };
}
