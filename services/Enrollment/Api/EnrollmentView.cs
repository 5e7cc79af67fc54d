using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A stay as the public contract shows it.</summary>
/// <param name="SeatHeldUntil">While reserved.</param>
/// <param name="OfferExpiresAt">While offered.</param>
/// <param name="WaitlistPosition">While waiting: 1 is next, no two alike.</param>
/// <param name="Consents">What confirming takes, in the versions in force.</param>
/// <param name="Decision">For a confirmed stay that of its confirmation.</param>
/// <param name="GraceUntil">While enrolled: the rules do not allow it any more, and the seat is kept until then.</param>
/// <param name="Needs">While held: <c>intake</c> (a talk with the practice comes first), <c>facts</c> (the decision's reasons name what is unclear).</param>
/// <param name="Standing">The latest decision about a confirmed stay when it is another one, with what the member can have instead.</param>
public sealed record EnrollmentView(
    Guid Id, Guid GroupId, string Status, DateTimeOffset? SeatHeldUntil, DateTimeOffset? OfferExpiresAt, int? WaitlistPosition, string? EndReason, DateTimeOffset CreatedAt,
    IReadOnlyList<ConsentDocument> Consents, DecisionView? Decision, DateTimeOffset? GraceUntil, IReadOnlyList<string> Needs, DecisionView? Standing)
{
    /// <summary>Of a stay <c>e</c> in a group <c>g</c> with its latest decision <c>d</c>.</summary>
    internal static string NeedsSql =>
        $"case when e.status = 'held' then array_remove(array[case when {IntakeStore.MissingSql} then 'intake' end, case when d.outcome = 'hold' then 'facts' end], null) else '{{}}'::text[] end";

    internal static IReadOnlyList<string> NeedsOf(bool intake, bool facts) => [.. new[] { intake ? "intake" : null, facts ? "facts" : null }.OfType<string>()];

    private static readonly string Select =
        $"""
        select e.id, e.group_id, g.practice, e.status, case when e.status = 'reserved' then e.seat_held_until end as seat_held_until, case when e.status = 'offered' then e.offer_expires_at end as offer_expires_at,
               case when e.status = 'waitlisted' then (select count(*)::int from enrollments w where w.group_id = e.group_id and w.status = 'waitlisted' and w.place_in_line <= e.place_in_line) end as waitlist_position,
               e.end_reason, e.created_at, g.part2, e.decision_id, d.answer, case when e.status = 'enrolled' then e.grace_until end as grace_until, {NeedsSql} as needs, e.standing_decision_id, s.answer as standing_answer
        from enrollments e join seat_groups g using (group_id) left join decisions d on d.id = e.decision_id left join decisions s on s.id = e.standing_decision_id
        """;

    internal static async Task<EnrollmentView> ReadAsync(UnitOfWork work, Guid id, DecisionView? decision)
    {
        var row = await work.FirstOrDefaultAsync<Row>($"{Select} where e.id = @id", new { id });
        return row!.View(await ConsentStore.NeededAsync(work.QueryAsync<ConsentDocument>, row.Part2), decision, await row.InsteadAsync(work.QueryAsync<AlternativeGroup>));
    }

    internal static Task<IReadOnlyList<Row>> ListAsync(Db db, Guid memberId, Guid? after, int more, CancellationToken ct) =>
        db.QueryAsync<Row>($"{Select} where e.member_id = @memberId and (@after::uuid is null or e.id < @after) order by e.id desc limit @more", new { memberId, after, more }, ct);

    internal sealed record Row(
        Guid Id, Guid GroupId, string Practice, string Status, DateTimeOffset? SeatHeldUntil, DateTimeOffset? OfferExpiresAt, int? WaitlistPosition, string? EndReason, DateTimeOffset CreatedAt, bool Part2,
        Guid DecisionId, string? Answer, DateTimeOffset? GraceUntil, string[] Needs, Guid? StandingDecisionId, string? StandingAnswer)
    {
        /// <summary>The groups that a member who lost this one could have.</summary>
        public Task<IReadOnlyList<AlternativeGroup>> InsteadAsync(Func<string, object?, Task<IReadOnlyList<AlternativeGroup>>> query) =>
            AlternativeGroups.FindAsync(query, Practice, GroupId, StandingAnswer is null ? [] : StoredDecisions.Read(StandingAnswer).Alternatives);

        public EnrollmentView View(IReadOnlyList<ConsentDocument> consents, DecisionView? decision, IReadOnlyList<AlternativeGroup> instead) =>
            new(Id, GroupId, Status, SeatHeldUntil, OfferExpiresAt, WaitlistPosition, EndReason, CreatedAt, Status is SeatStates.Ended or SeatStates.Enrolled ? [] : consents,
                decision ?? (Answer is null ? null : DecisionView.Of(DecisionId, StoredDecisions.Read(Answer), [])), GraceUntil, Needs,
                StandingAnswer is null ? null : DecisionView.Of(StandingDecisionId, StoredDecisions.Read(StandingAnswer), instead));
    }
}
