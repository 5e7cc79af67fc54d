using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Platform.Web;

/// <summary>Turns what could not be bound, an engine that is away, and surprises into problem details. Exception texts never leave the process.</summary>
internal sealed partial class ExceptionMiddleware(RequestDelegate next, ILogger<ExceptionMiddleware> log)
{
    private static readonly Problem TooLarge = new(413, "too-large", "A request may have 256 KiB at most.");

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: 413, ContentLength: null })
            {
                // The binder of bodies answers this one by itself, without a word.
                await TooLarge.ExecuteAsync(context);
            }
        }
        catch (Exception e)
            when (!context.Response.HasStarted
                && (e is ConnectionResetException || (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested))
            )
        {
            context.Response.StatusCode = 499;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var problem = Translate(e);
            if (problem.Status == 500)
            {
                log.LogError(e, "A surprise ({Trace}) at {Endpoint}", Activity.Current?.TraceId.ToHexString(), context.GetEndpoint()?.DisplayName);
            }
            else if (problem.Status == 503)
            {
                log.LogWarning(
                    "Not able to answer ({Trace}): {Kind} {State}",
                    Activity.Current?.TraceId.ToHexString(),
                    e.GetType().Name,
                    (e as PostgresException)?.SqlState
                );
            }

            context.Response.Clear();
            await problem.ExecuteAsync(context);
        }
    }

    internal static Problem Translate(Exception exception) =>
        exception switch
        {
            BadHttpRequestException { StatusCode: 413 } => TooLarge,
            BadHttpRequestException { StatusCode: 415 } => new Problem(415, "unsupported-media-type", "Send application/json."),
            BadHttpRequestException { InnerException: JsonException json } => Problem.Invalid(Field(json), Sentence(json)),
            BadHttpRequestException { InnerException: FieldException e } => Problem.Invalid(e.Field, e.Message),
            BadHttpRequestException e when Parameter().Match(e.Message) is { Success: true } named => Problem.Invalid(
                e.Message.Contains("body", StringComparison.Ordinal) ? "body" : named.Groups[1].Value,
                "This is missing or of another type."
            ),
            BadHttpRequestException => new Problem(400, "bad-request", "The request is not complete, or not of the form this address takes."),
            FieldException e => Problem.Invalid(e.Field, e.Message),
            PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } => new Problem(
                400,
                "bad-request",
                "The request holds a character that cannot be stored."
            ),
            CommitUnansweredException => Problem.OutcomeUnknown(),
            _ when Outage.IsDatabaseAway(exception) => Problem.TryAgain(),
            _ => new Problem(500, "unexpected", "Something went wrong on our side. It has been recorded."),
        };

    // The framework names a parameter that it could not bind in its message alone.
    [GeneratedRegex("parameter \"[^\"]*?([A-Za-z]+)\"")]
    private static partial Regex Parameter();

    private static string Field(JsonException e)
    {
        var path = e.Path is { Length: > 2 } p && p.StartsWith("$.", StringComparison.Ordinal) ? p[2..] : "body";
        return path is "$" or "" ? "body" : path;
    }

    // The serialiser's own words name our types; ours name what to do.
    private static string Sentence(JsonException e) =>
        e.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "There is no such field."
        : e.Message.Contains("Duplicate", StringComparison.OrdinalIgnoreCase) ? "This field is given twice."
        : e.Message.StartsWith("An instant", StringComparison.Ordinal) ? e.Message
        : e.Message.Contains("could not be converted", StringComparison.Ordinal) || e.Message.Contains("null", StringComparison.Ordinal)
            ? "This is missing or of another type."
        : "This is not JSON of the form this address takes.";
}
