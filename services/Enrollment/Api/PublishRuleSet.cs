using System.Text;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// A second person publishes what was reviewed, from an instant on. Every permit is looked at again at once, and once more when the rule set begins: the first
/// decides the sessions that lie behind its beginning, the second whatever is decided as of now.
/// </summary>
internal static class PublishRuleSet
{
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(5);

    /// <param name="EffectiveFrom">When it begins to count; now when left out.</param>
    /// <param name="Retroactive">The beginning lies in the past on purpose.</param>
    public sealed record Publication(DateTimeOffset? EffectiveFrom = null, bool? Retroactive = null);

    public static void MapPublishRuleSet(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/licensing/rule-sets/{version:int}/publish",
                (int version, Publication? request, HttpContext http, Writes writes, Caller caller, FourEyes eyes) =>
                    writes.RunAsync(http, caller, request ?? new Publication(), work => PublishAsync(work, http, eyes, version, request ?? new Publication()))
            )
            .For(Roles.Operator)
            .Produces<RuleSetWhole>()
            .Describe("publishRuleSet", Tag.Licensing, "Put a reviewed rule set in force")
            .Refuses(403, "not-your-practice", "second-factor-needed")
            .Refuses(409, "same-author", "not-in-review", "not-independent", "operator-too-new")
            .Refuses(422, "effective-in-the-past")
            .AfterStepUp()
            .WithIfMatch();

    private static async Task<Reply> PublishAsync(UnitOfWork work, HttpContext http, FourEyes eyes, int version, Publication request)
    {
        if (await RuleSetRow.LockAsync(work, version) is not { } row)
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (Refuse(row, work, http) is { } refusal)
        {
            return Reply.Refused(refusal);
        }

        var asked = (request.EffectiveFrom ?? work.Now).ToMicroseconds();
        if (!Bounds.Holds(asked))
        {
            return Reply.Refused(Problem.Invalid("effectiveFrom", "An instant from 1900 to 2199."));
        }

        if (asked < work.Now - ClocksDiffer && request.Retroactive != true)
        {
            return Reply.Refused(new Problem(422, "effective-in-the-past", "A rule set that begins in the past must be published as retroactive."));
        }

        // Another machine's clock may be a little behind; that is no publication for the past.
        var retroactive = asked < work.Now - ClocksDiffer;
        var effectiveFrom = asked < work.Now && !retroactive ? work.Now : asked;
        if (eyes.Refuse(work.Caller, await row.ScopeAsync(work, effectiveFrom), row.Principals, work.Now) is { } notSecond)
        {
            return Reply.Refused(notSecond);
        }

        await work.ExecuteAsync(
            """
            update rule_sets set status = 'published', published_at = @Now, effective_from = @effectiveFrom, retroactive = @retroactive, reviewer = @reviewer,
                revision = revision + 1
            where version = @version
            """,
            new
            {
                work.Now,
                effectiveFrom,
                retroactive,
                reviewer = work.Caller.AccountId,
                version,
            }
        );
        work.Audit(
            "rule-set.published",
            data: new
            {
                ruleSet = version,
                row.Sha256,
                effectiveFrom,
                retroactive,
            }
        );
        work.Publish(new RuleSetPublished(version, row.Sha256, effectiveFrom, work.Now));
        SweepPermits.Schedule(work, work.Now);
        if (effectiveFrom > work.Now)
        {
            SweepPermits.Schedule(work, effectiveFrom);
        }

        return await RuleSetRow.ChangedAsync(work, http, version);
    }

    private static Problem? Refuse(RuleSetRow row, UnitOfWork work, HttpContext http)
    {
        if (row.Status != RuleSetStatus.InReview)
        {
            return RuleSetRefusals.NotInReview;
        }

        if (row.WrittenBy(work.Caller.AccountId))
        {
            return RuleSetRefusals.SameAuthor;
        }

        if (IfMatch.Refuse(http, row.ETag, RuleSetRefusals.Stale) is { } stale)
        {
            return stale;
        }

        // Asked again, because a later version of this service may know more errors than the one that submitted it.
        var lint = RuleSetLint.Find(CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(row.Document)).Document, []);
        return RuleSetLint.HasErrors(lint) ? RuleSetRefusals.Contradicts(lint) : null;
    }
}
