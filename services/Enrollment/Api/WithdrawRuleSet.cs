using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// Takes a rule set back. Before publication an operator who wrote in it may; a published one takes two operators, and the former rule set is in force again
/// from then. Its own row is kept, so that decisions under it can be replayed.
/// </summary>
internal static class WithdrawRuleSet
{
    /// <param name="Reason">1 to 500 characters.</param>
    public sealed record Withdrawal([Required] string? Reason = null);

    public static void MapWithdrawRuleSet(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/licensing/rule-sets/{version:int}/withdraw",
            async Task<IResult> (int version, Withdrawal request, HttpContext http, Writes writes, Caller caller, FourEyes eyes) =>
            new FieldErrors().Text(request.Reason, "reason", 500) is { Any: true } errors
                ? errors.ToProblem()
                : await writes.RunAsync(http, caller, request, work => WithdrawAsync(work, http, eyes, version, request.Reason!)))
                    .For(Roles.Operator).Produces<RuleSetWhole>()
            .Describe("withdrawRuleSet", Tag.Licensing, "Take a rule set back")
            .Refuses(403, "not-your-practice", "second-factor-needed")
            .Refuses(409, "not-independent", "operator-too-new", "seed-stays", "already-withdrawn", "not-the-author", "second-operator-needed").WithIfMatch();

    private static async Task<Reply> WithdrawAsync(UnitOfWork work, HttpContext http, FourEyes eyes, int version, string reason)
    {
        if (await RuleSetRow.LockAsync(work, version) is not { } row)
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (version == RuleSetStatus.Seed)
        {
            return Reply.Refused(new Problem(409, "seed-stays", "The first rule set stays: without it nothing could be decided."));
        }

        switch (row.Status)
        {
            case RuleSetStatus.Withdrawn:
                return Reply.Refused(new Problem(409, "already-withdrawn", "This rule set is withdrawn already."));
            case RuleSetStatus.Published:
                return await WithdrawPublishedAsync(work, http, eyes, row, reason);
        }

        if (!row.WrittenBy(work.Caller.AccountId))
        {
            return Reply.Refused(new Problem(409, "not-the-author", "Only somebody who wrote in this rule set may take it back."));
        }

        await work.ExecuteAsync(
            "update rule_sets set status = 'withdrawn', note = concat_ws(E'\n', note, 'Withdrawn: ' || @reason), revision = revision + 1 where version = "
                + "@version", new { version, reason });
        work.Audit("rule-set.withdrawn", data: new { ruleSet = version, was = row.Status });
        return await RuleSetRow.ChangedAsync(work, http, version);
    }

    private static async Task<Reply> WithdrawPublishedAsync(UnitOfWork work, HttpContext http, FourEyes eyes, RuleSetRow row, string reason)
    {
        var (version, by) = (row.Version, work.Caller.AccountId);
        var requestedBy = await work.FirstOrDefaultAsync<Guid?>("select by_account from rule_set_withdrawals where version = @version and step = 'requested'",
            new { version });
        if (requestedBy == by)
        {
            return Reply.Refused(new Problem(409, "second-operator-needed", "You asked for this withdrawal; another operator must carry it out."));
        }

        var scope = await row.ScopeAsync(work, row.EffectiveFrom > work.Now ? row.EffectiveFrom.Value : work.Now);
        var refusal = requestedBy is null
            ? scope.FirstOrDefault(practice => !work.Caller.Is(Roles.Operator, practice)) is { } foreign ? FourEyes.NotYourPractice(foreign) : null
            : eyes.Refuse(work.Caller, scope, await PrincipalsAsync(work, version), work.Now);
        if (refusal is not null)
        {
            return Reply.Refused(refusal);
        }

        await work.ExecuteAsync(
            """
            insert into rule_set_withdrawals (version, step, by_account, requested_by, reason, at, principals)
            values (@version, @step, @by, @requestedBy, @reason, @Now, @principals)
            """,
            new
            {
                version,
                step = requestedBy is null ? "requested" : "carried_out",
                by,
                requestedBy,
                reason,
                work.Now,
                principals = FourEyes.PrincipalsOf(work.Caller),
            });
        work.Audit(requestedBy is null ? "rule-set.withdrawal-requested" : "rule-set.withdrawn",
            data: new { ruleSet = version, requestedBy, was = row.Status });
        if (requestedBy is not null)
        {
            work.Publish(new RuleSetWithdrawn(version, row.Sha256, work.Now));
            SweepPermits.Schedule(work, work.Now);
        }

        return await RuleSetRow.ChangedAsync(work, http, version);
    }

    private static async Task<Guid[]> PrincipalsAsync(UnitOfWork work, int version) =>
        (await work.FirstOrDefaultAsync<Asking>(
            "select by_account, principals from rule_set_withdrawals where version = @version and step = 'requested'", new { version }))!.Principals;

    private sealed record Asking(Guid ByAccount, Guid[] Principals);
}
