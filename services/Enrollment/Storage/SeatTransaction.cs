using System.Diagnostics;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>The outcome of one request of a batch.</summary>
/// <param name="Response">The answer; null for a worker.</param>
/// <param name="IsBusy">The member or the key is busy elsewhere: nothing was decided.</param>
internal sealed record SeatAnswer(IResult? Response, SeatOutcome? Outcome, bool IsBusy = false)
{
    public static SeatAnswer Busy { get; } = new(null, null, true);
}

/// <summary>One transaction of seat commands: one load, one pure decision after the other, one save.</summary>
public sealed class SeatTransaction(SeatStore store, SeatLimits limits)
{
    /// <summary>Runs commands in the given unit of work, in their order. The caller commits.</summary>
    /// <returns>One answer for each; whether anything was changed.</returns>
    internal async Task<(IReadOnlyList<SeatAnswer> Answers, bool IsChanged)> RunAsync(UnitOfWork work, IReadOnlyList<SeatRequest> requests, LockWait wait)
    {
        var loaded = await store.LoadAsync(work, requests, wait);
        var (states, answers, decided) = (loaded.Groups, new SeatAnswer[requests.Count], new List<(int N, DecidedSeat Seat)>());
        var keys = new HashSet<(Guid, string)>();
        var context = new SeatContext(work.Now, limits, work.NewId);
        for (var n = 0; n < requests.Count; n++)
        {
            var request = requests[n];
            if (loaded.Busy.Contains(n) || (request.Key is { } again && !keys.Add((again.Caller, again.Key))))
            {
                // A key that comes twice in one batch is asked again too, once the first response is stored or forgotten.
                answers[n] = SeatAnswer.Busy;
            }
            else if (request.Key is { } key && loaded.Known.TryGetValue(n, out var known))
            {
                answers[n] = new SeatAnswer(known.AnswerTo(key), null);
            }
            else
            {
                decided.Add((n, new DecidedSeat(request, Decide(states, request, context))));
            }
        }

        var responses = await SaveAsync(work, [.. decided.Select(d => d.Seat)], states);
        for (var n = 0; n < decided.Count; n++)
        {
            answers[decided[n].N] = new SeatAnswer(responses[n], decided[n].Seat.Outcome);
        }

        return (answers, decided.Exists(d => d.Seat.Outcome.Changes.Count > 0) || responses.Any(r => r?.Commit == true));
    }

    private static SeatOutcome Decide(Dictionary<Guid, SeatGroupState> states, SeatRequest request, SeatContext context)
    {
        if (!states.TryGetValue(request.GroupId, out var state))
        {
            return new SeatOutcome(SeatRefusals.NotYetKnown, null, null, []);
        }

        var outcome = SeatDecider.Decide(state, request.Command, context);
        states[request.GroupId] = outcome.State!;
        foreach (var change in outcome.Changes)
        {
            if (change is EnrollmentChanged { Before: var before, After: var after } && SeatGroupState.UnconfirmedChange(before, after) is not 0 and var by)
            {
                foreach (var (id, other) in states.Where(s => s.Key != request.GroupId).ToList())
                {
                    states[id] = other.WithUnconfirmed(after.MemberId, by);
                }
            }
        }

        return outcome;
    }

    private static async Task<StoredResponse?[]> SaveAsync(UnitOfWork work, IReadOnlyList<DecidedSeat> decided, Dictionary<Guid, SeatGroupState> states)
    {
        var shown = decided
            .Where(d => d.Request.Respond is not null && d.Outcome.Refusal is null && d.Request.Command is not RequestSeat)
            .Select(d => d.Outcome.EnrollmentId!.Value)
            .ToArray();
        var statements = new Statements(work);
        if (decided.Any(d => d.Outcome.Changes.Count > 0 || d.Request.Command is ApplyGroupChange))
        {
            await PermitStore.WithdrawAsync(
                work,
                [
                    .. decided
                        .SelectMany(d => d.Changes<EnrollmentChanged>())
                        .Where(c => c.Before?.Status == EnrollmentStatus.Enrolled && !c.After.IsLive)
                        .Select(c => c.After.Id),
                ]
            );
            SeatWriter.Write(work, statements, decided, [.. states.Values]);
        }

        var rows = new Dictionary<Guid, EnrollmentRow>();
        if (shown.Length > 0)
        {
            await statements.ExecuteAsync();
            rows = await EnrollmentRows.ReadAsync(work, shown);
        }

        var alternatives = await AlternativeGroups.FindAsync(
            work.QueryAsync<AlternativeGroups.Row>,
            [
                .. decided
                    .Where(d => d.Outcome.Decision is not null)
                    .Select(d => (d.Outcome.State!.Group.Practice, d.Request.GroupId, d.Outcome.Decision!.Decision.Alternatives)),
                .. rows.Values.Select(r => (r.Practice, r.GroupId, r.Alternatives)),
            ]
        );
        var responses = decided.Select(d => Respond(d, rows, alternatives)).ToArray();

        statements.Keep(
            work.Now,
            [
                .. decided
                    .Select((d, n) => (d.Request.Key, Response: responses[n]))
                    .Where(r => r is { Key: not null, Response.Commit: true })
                    .Select(r => (r.Key!, r.Response!)),
            ]
        );

        // What is left is the commit, which is waited for.
        statements.Add("set local lock_timeout = 0", Statements.NotCounted);
        await statements.ExecuteAsync();
        return responses;
    }

    private static StoredResponse? Respond(DecidedSeat decided, Dictionary<Guid, EnrollmentRow> rows, AlternativeGroups alternatives)
    {
        if (decided.Request.Respond is not { } respond)
        {
            return null;
        }

        var outcome = decided.Outcome;
        var row = outcome.EnrollmentId is { } id ? rows.GetValueOrDefault(id) : null;
        var instead = outcome.Decision is { } made ? alternatives.Of(decided.Request.GroupId, made.Decision.Alternatives) : [];
        var standing = row is null ? [] : alternatives.Of(row.GroupId, row.Alternatives);

        // A problem names the trace of the request that it answers.
        Activity.Current = decided.Request.Trace;
        try
        {
            return StoredResponse.Of(respond(new SeatResult(outcome, row, instead, standing)));
        }
        finally
        {
            Activity.Current = null;
        }
    }
}
