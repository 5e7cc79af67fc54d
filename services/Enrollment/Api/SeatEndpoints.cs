using System.Diagnostics;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using Npgsql;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The common part of all seat endpoints: the command runs with those of others, and its outcome becomes a response.</summary>
internal static class SeatEndpoints
{
    /// <param name="body">The request that the idempotency key stands for.</param>
    /// <param name="succeed">The response to an accepted command.</param>
    public static async Task<IResult> AnswerAsync(
        this SeatExecutor seats,
        HttpContext http,
        Caller caller,
        Guid groupId,
        SeatCommand command,
        object? body,
        Func<SeatResult, Reply> succeed
    )
    {
        if (KeyedRequest.Read(http, caller, body, out var key) is { } unusable)
        {
            return unusable;
        }

        try
        {
            var request = new SeatRequest(
                caller,
                groupId,
                command,
                key,
                Activity.Current,
                result => result.Outcome.Refusal is { } refusal ? Refuse(result, refusal, key is not null) : succeed(result)
            );
            return (await seats.RunAsync(request, http.RequestAborted)).Response!;
        }
        catch (PostgresException e) when (e.ConstraintName == "one_live_seat_per_member")
        {
            return ProblemOf(SeatRefusals.AlreadyEnrolled, null);
        }
        catch (ConcurrentChangeException)
        {
            return Problem.TryAgain();
        }
    }

    /// <summary>The same for a command about one enrollment of the caller's own.</summary>
    public static async Task<IResult> AnswerMemberAsync(
        this SeatExecutor seats,
        HttpContext http,
        Caller caller,
        Db db,
        EnrollmentCommand command,
        object? body
    ) =>
        await db.FirstOrDefaultAsync<Guid?>(
            "select group_id from enrollments where id = @EnrollmentId and member_id = @AccountId",
            new { command.EnrollmentId, caller.AccountId },
            http.RequestAborted
        )
            is { } groupId
            ? await seats.AnswerAsync(http, caller, groupId, command, body, result => Reply.Ok(EnrollmentView.Of(result)))
            : Problem.NotFound();

    // A refusal that stored a decision is a fact. Under a key what was refused (403, 409) is kept too, and the same key answers it again.
    private static Reply Refuse(SeatResult result, Refusal refusal, bool isKeyed)
    {
        var problem = ProblemOf(refusal, result.Outcome.Decision is { } made ? DecisionView.Of(made.Id, made.Decision, result.Alternatives) : null);
        return result.Outcome.Changes.Count > 0 || (isKeyed && refusal.Kind is RefusalKind.NotAllowed or RefusalKind.Conflict)
            ? Reply.RefusedAndStored(problem)
            : Reply.Refused(problem);
    }

    private static Problem ProblemOf(Refusal refusal, DecisionView? decision) =>
        refusal switch
        {
            { Kind: RefusalKind.NotYetKnown } => Problem.NotYetKnown(),
            { Fields: { } problem } => problem,
            { MissingConsents: { } missing } => new Problem(
                400,
                refusal.Code,
                refusal.Detail,
                Errors: new Dictionary<string, string[]> { ["consents"] = [.. missing.Select(m => $"{m.Document} (version {m.Version}) is needed.")] },
                Extra: new Dictionary<string, object?> { ["missing"] = missing.Select(m => new { m.Document, m.Version }).ToArray() }
            ),
            _ => new Problem(
                refusal.Kind switch
                {
                    RefusalKind.NotAllowed => 403,
                    RefusalKind.NotFound => 404,
                    RefusalKind.Conflict => 409,
                    _ => 400,
                },
                refusal.Code,
                refusal.Detail,
                Extra: decision is null ? null : new Dictionary<string, object?> { ["decision"] = decision }
            ),
        };
}
