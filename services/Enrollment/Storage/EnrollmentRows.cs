using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>An enrollment with everything that its view shows.</summary>
internal sealed record EnrollmentRow(
    Guid Id,
    Guid GroupId,
    string Practice,
    string Status,
    DateTimeOffset? SeatHeldUntil,
    DateTimeOffset? OfferExpiresAt,
    int? WaitlistPosition,
    string? EndReason,
    DateTimeOffset CreatedAt,
    bool Part2,
    Guid DecisionId,
    string? Answer,
    DateTimeOffset? GraceUntil,
    string[] Needs,
    Guid? StandingDecisionId,
    string? StandingAnswer
)
{
    /// <summary>Service classes that the latest decision about an enrolled member proposes instead.</summary>
    public IReadOnlyList<string> Alternatives => StandingAnswer is null ? [] : StoredDecisions.Read(StandingAnswer).Alternatives;
}

/// <summary>Reads enrollments for their views.</summary>
internal static class EnrollmentRows
{
    /// <summary>Of an enrollment <c>e</c> in a group <c>g</c> with its latest decision <c>d</c>: the needs of a held one.</summary>
    public const string NeedsSql = $"""
        case when e.status = 'held' then array_remove(array[case when {IntakeStore.MissingSql} then 'intake' end, case
            when d.outcome = 'hold' then 'facts' end, case when exists (select 1 from waitlist_log l where l.group_id = e.group_id
            and l.enrollment_id = e.id and l.what = 'held' and l.code = 'released-often') then 'releases' end], null) else array[]::text[] end
        """;

    private const string Select = $"""
        select e.id, e.group_id, g.practice, e.status, case when e.status = 'reserved' then e.seat_held_until end as seat_held_until,
               case when e.status = 'offered' then e.offer_expires_at end as offer_expires_at,
               case when e.status = 'waitlisted' then (
                   select count(*)::int from enrollments w where w.group_id = e.group_id and w.status = 'waitlisted'
                       and w.waitlist_order <= e.waitlist_order) end as waitlist_position,
               e.end_reason, e.created_at, g.part2, e.decision_id, d.answer, case
                   when e.status = 'enrolled' then e.grace_until end as grace_until, {NeedsSql} as needs,
               e.standing_decision_id, s.answer as standing_answer
        from enrollments e join seat_groups g using (group_id) left join decisions d on d.id = e.decision_id left join decisions s
            on s.id = e.standing_decision_id
        """;

    public static async Task<Dictionary<Guid, EnrollmentRow>> ReadAsync(UnitOfWork work, Guid[] ids) =>
        (await work.QueryAsync<EnrollmentRow>($"{Select} where e.id = any(@ids)", new { ids })).ToDictionary(r => r.Id);

    /// <summary>A member's own, newest first.</summary>
    public static Task<IReadOnlyList<EnrollmentRow>> ListAsync(Db db, Guid memberId, Guid? after, int more, CancellationToken ct) =>
        db.QueryAsync<EnrollmentRow>(
            $"{Select} where e.member_id = @memberId and (@after::uuid is null or e.id < @after) order by e.id desc limit @more",
            new
            {
                memberId,
                after,
                more,
            },
            ct
        );
}
