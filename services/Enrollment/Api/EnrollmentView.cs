using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;

namespace GroupTherapy.Enrollment.Api;

/// <summary>An enrollment as the public contract shows it.</summary>
/// <param name="SeatHeldUntil">While reserved.</param>
/// <param name="OfferExpiresAt">While offered.</param>
/// <param name="WaitlistPosition">While waiting: 1 is next, no two alike.</param>
/// <param name="Consents">The consents that confirming needs, in the versions in force.</param>
/// <param name="Decision">Once enrolled, that of the confirmation.</param>
/// <param name="GraceUntil">While enrolled: the rules do not allow it any more, and the seat is kept until then.</param>
/// <param name="Needs">While held: <c>intake</c> (a talk with the practice comes first), <c>facts</c> (the decision's reasons name what is
/// unclear), <c>releases</c> (gave up too many seats of the group today).</param>
/// <param name="Standing">The latest decision about an enrolled one when it is another one, with the alternatives for the member.</param>
public sealed record EnrollmentView(
    Guid Id,
    Guid GroupId,
    string Status,
    DateTimeOffset? SeatHeldUntil,
    DateTimeOffset? OfferExpiresAt,
    int? WaitlistPosition,
    string? EndReason,
    DateTimeOffset CreatedAt,
    IReadOnlyList<ConsentDocument> Consents,
    DecisionView? Decision,
    DateTimeOffset? GraceUntil,
    IReadOnlyList<string> Needs,
    DecisionView? Standing
)
{
    /// <summary>Of a new request, from the state that decided it.</summary>
    internal static EnrollmentView OfNew(SeatResult result)
    {
        var (state, decision) = (result.Outcome.State!, result.Outcome.Decision!);
        var e = state.Enrollments[result.Outcome.EnrollmentId!.Value];
        return new EnrollmentView(
            e.Id,
            e.GroupId,
            e.Status,
            e.SeatHeldUntil,
            null,
            e.Status == EnrollmentStatus.Waitlisted ? state.Waiting : null,
            null,
            e.CreatedAt,
            ConsentTexts.NeededBy(state.Consents, state.Group.Practice, state.Group.Part2),
            DecisionView.Of(decision.Id, decision.Decision, result.Alternatives),
            null,
            NeedsOf(result.Outcome, e),
            null
        );
    }

    // As EnrollmentRows.NeedsSql reads it from the rows.
    private static IReadOnlyList<string> NeedsOf(SeatOutcome outcome, EnrollmentState e)
    {
        if (e.Status != EnrollmentStatus.Held)
        {
            return [];
        }

        List<string> needs = [];
        if (outcome.State!.IntakeMissing(e.MemberId))
        {
            needs.Add("intake");
        }

        if (outcome.Decision!.Decision.Outcome == Outcome.Hold)
        {
            needs.Add("facts");
        }

        if (outcome.Changes.OfType<WaitlistLogged>().Any(l => l.EnrollmentId == e.Id && l.Code == WaitlistSteps.ReleasedOften))
        {
            needs.Add("releases");
        }

        return needs;
    }

    /// <summary>Of an enrollment after a command, as stored.</summary>
    internal static EnrollmentView Of(SeatResult result)
    {
        var (row, state) = (result.Enrollment!, result.Outcome.State!);
        var decision = result.Outcome.Decision is { } made && made.Id == row.DecisionId ? DecisionView.Of(made.Id, made.Decision, result.Alternatives) : null;
        return Of(row, state.Consents, result.LatestAlternatives, decision);
    }

    /// <param name="consents">All that are in force.</param>
    /// <param name="decision">The decision under which it has its status, if it was just made.</param>
    internal static EnrollmentView Of(
        EnrollmentRow row,
        IReadOnlyList<ConsentDocument> consents,
        IReadOnlyList<AlternativeGroup> instead,
        DecisionView? decision = null
    ) =>
        new(
            row.Id,
            row.GroupId,
            row.Status,
            row.SeatHeldUntil,
            row.OfferExpiresAt,
            row.WaitlistPosition,
            row.EndReason,
            row.CreatedAt,
            row.Status is EnrollmentStatus.Ended or EnrollmentStatus.Enrolled ? [] : ConsentTexts.NeededBy(consents, row.Practice, row.Part2),
            decision ?? (row.Answer is null ? null : DecisionView.Of(row.DecisionId, StoredDecisions.Read(row.Answer), [])),
            row.GraceUntil,
            row.Needs,
            row.StandingAnswer is null ? null : DecisionView.Of(row.StandingDecisionId, StoredDecisions.Read(row.StandingAnswer), instead)
        );
}
