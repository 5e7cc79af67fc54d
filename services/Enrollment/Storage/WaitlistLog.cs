using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Every step of everybody in a line, in the transaction of the step itself.</summary>
internal static class WaitlistLog
{
    public const string Joined = "joined";
    public const string Held = "held";
    public const string Released = "released";
    public const string Offered = "offered";
    public const string PassedOver = "passed-over";
    public const string OfferExpired = "offer-expired";
    public const string Confirmed = "confirmed";
    public const string Left = "left";

    public const string NotEligible = "not-eligible";
    public const string Unclear = "unclear";
    public const string Unconfirmed = "unconfirmed";
    public const string Intake = "intake";

    /// <param name="code">Why, where the step has a why.</param>
    public static Task WriteAsync(UnitOfWork work, Guid groupId, Guid enrollmentId, Guid memberId, string what, string? code = null, Guid? decisionId = null) =>
        work.ExecuteAsync(
            """
            insert into waitlist_log (group_id, enrollment_id, member_id, at, who, what, code, decision_id)
            values (@groupId, @enrollmentId, @memberId, @Now, @Who, @what, @code, @decisionId)
            """, new { groupId, enrollmentId, memberId, work.Now, work.Caller.Who, what, code, decisionId });

    /// <summary>The first step of many people, each in their own name.</summary>
    public static void Write(Statements statements, DateTimeOffset now, IReadOnlyList<Step> steps)
    {
        if (steps.Count == 0)
        {
            return;
        }

        T[] Of<T>(Func<Step, T> value) => [.. steps.Select(value)];
        statements.Add(
            """
            insert into waitlist_log (group_id, enrollment_id, member_id, at, who, what, code, decision_id)
            select group_id, enrollment_id, member_id, $8, who, what, code, decision_id
            from unnest($1, $2, $3, $4, $5, $6, $7) as s (group_id, enrollment_id, member_id, who, what, code, decision_id)
            """,
            steps.Count, Of(s => s.GroupId), Of(s => s.EnrollmentId), Of(s => s.MemberId), Of(s => s.Who), Of(s => s.What), Of(s => s.Code!), Of(s => s.DecisionId), now);
    }

    internal sealed record Step(Guid GroupId, Guid EnrollmentId, Guid MemberId, string Who, string What, string? Code, Guid DecisionId);
}
