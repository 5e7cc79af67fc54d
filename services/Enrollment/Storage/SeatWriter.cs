using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>A decided command with its request.</summary>
internal sealed record DecidedSeat(SeatRequest Request, SeatOutcome Outcome)
{
    public IEnumerable<T> Changes<T>()
        where T : SeatChange => Outcome.Changes.OfType<T>();
}

/// <summary>Writes what a batch of decisions changed, in one round trip: enrollments, seats, decisions, audit entries, events and due work.</summary>
internal static class SeatWriter
{
    /// <param name="after">The groups' states after the batch.</param>
    public static void Write(UnitOfWork work, Statements statements, IReadOnlyList<DecidedSeat> decided, IReadOnlyList<SeatGroupState> after)
    {
        var now = work.Now;
        DecisionStore.Store(statements, now, [.. decided.SelectMany(d => d.Changes<DecisionMade>().Select(m => (m, d.Request.GroupId, d.Request.Caller.Who)))]);
        var changed = decided
            .SelectMany(d => d.Changes<EnrollmentChanged>())
            .GroupBy(c => c.After.Id)
            .Select(c => new EnrollmentChanged(c.First().Before, c.Last().After))
            .ToList();
        Insert(statements, [.. changed.Where(c => c.Before is null).Select(c => c.After)]);
        Update(statements, [.. changed.Where(c => c.Before is not null)]);
        Seats(statements, [.. after.Where(g => g.SeatChanges > 0)]);
        var practices = after.ToDictionary(g => g.Group.GroupId, g => g.Group.Practice);
        Consents(statements, now, [.. decided.SelectMany(d => d.Changes<ConsentsGiven>())]);
        statements.Audit([
            .. decided.SelectMany(d =>
                d.Changes<Audited>()
                    .Select(a => new AuditDraft(a.Act, d.Request.Caller.Who, a.Subject, a.Reference, a.Data)
                    {
                        Practice = practices.GetValueOrDefault(d.Request.GroupId),
                        Source = d.Request.Caller.Source,
                        Trace = d.Request.Trace?.TraceId.ToHexString(),
                    })
            ),
        ]);
        WaitlistLog(statements, now, decided);
        statements.Publish([
            .. decided.SelectMany(d => d.Changes<EventRaised>().Select(e => (e.Event, d.Request.Trace?.Id))),
            .. after
                .Where(g => g.SeatChanges > 0 || decided.Any(d => d.Request.GroupId == g.Group.GroupId && d.Request.Command is ApplyGroupChange))
                .Select(g => ((object)SeatsOf(g, now), (string?)null)),
        ]);
        DueWork(work, statements, decided, changed);
        foreach (var status in changed.Where(c => c.Before?.Status != c.After.Status).Select(c => c.After.Status))
        {
            EnrollmentMetrics.CountStatus(status);
        }
    }

    private static SeatsChanged SeatsOf(SeatGroupState g, DateTimeOffset now) =>
        new(g.Group.GroupId, g.Group.Capacity, g.Group.Taken, g.Group.Version + (g.SeatChanges > 0 ? 1 : 0), now);

    private static void Insert(Statements statements, IReadOnlyList<EnrollmentState> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        // The order of the rows is the order of the waitlist.
        statements.Add(
            """
            insert into enrollments (id, group_id, member_id, status, seat_held_until, offer_expires_at, passed_until, end_reason, decision_id, created_at,
                changed_at, version)
            select id, group_id, member_id, status, seat_held_until, offer_expires_at, passed_until, end_reason, decision_id, created_at, changed_at, version
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) with ordinality
                as e (id, group_id, member_id, status, seat_held_until, offer_expires_at, passed_until, end_reason, decision_id, created_at, changed_at,
                    version, n) order by n
            """,
            rows.Count,
            rows.Column(e => e.Id),
            rows.Column(e => e.GroupId),
            rows.Column(e => e.MemberId),
            rows.Column(e => e.Status),
            rows.Column(e => e.SeatHeldUntil),
            rows.Column(e => e.OfferExpiresAt),
            rows.Column(e => e.PassedUntil),
            rows.Column(e => e.EndReason!),
            rows.Column(e => e.DecisionId),
            rows.Column(e => e.CreatedAt),
            rows.Column(e => e.ChangedAt),
            rows.Column(e => e.Version)
        );
    }

    private static void Update(Statements statements, IReadOnlyList<EnrollmentChanged> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var rows = changes.Select(c => c.After).ToList();
        statements.Add(
            """
            update enrollments e set status = n.status, seat_held_until = n.seat_held_until, offer_expires_at = n.offer_expires_at,
                passed_until = n.passed_until, grace_until = n.grace_until,
                review_since = n.review_since, end_reason = n.end_reason, note = n.note, decision_id = n.decision_id,
                    standing_decision_id = n.standing_decision_id,
                changed_at = n.changed_at, version = n.version
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) as n (id, status, seat_held_until, offer_expires_at, passed_until,
                grace_until, review_since, end_reason, note,
                decision_id, standing_decision_id, changed_at, version, before)
            where e.id = n.id and e.version = n.before
            """,
            rows.Count,
            rows.Column(e => e.Id),
            rows.Column(e => e.Status),
            rows.Column(e => e.SeatHeldUntil),
            rows.Column(e => e.OfferExpiresAt),
            rows.Column(e => e.PassedUntil),
            rows.Column(e => e.GraceUntil),
            rows.Column(e => e.ReviewSince),
            rows.Column(e => e.EndReason!),
            rows.Column(e => e.Note!),
            rows.Column(e => e.DecisionId),
            rows.Column(e => e.StandingDecisionId),
            rows.Column(e => e.ChangedAt),
            rows.Column(e => e.Version),
            changes.Column(c => c.Before!.Version)
        );
    }

    // The conditions repeat what was decided, so that the database refuses what no decision may do.
    private static void Seats(Statements statements, IReadOnlyList<SeatGroupState> groups)
    {
        if (groups.Count == 0)
        {
            return;
        }

        statements.Add(
            """
            update seat_groups g set taken = s.taken, version = g.version + 1 from unnest($1, $2, $3) as s (id, taken, version)
            where g.group_id = s.id and g.version = s.version and (s.taken <= g.taken or (s.taken <= g.capacity and not g.closed))
            """,
            groups.Count,
            groups.Column(g => g.Group.GroupId),
            groups.Column(g => g.Group.Taken),
            groups.Column(g => g.Group.Version)
        );
    }

    private static void Consents(Statements statements, DateTimeOffset now, IReadOnlyList<ConsentsGiven> given)
    {
        var rows = given.SelectMany(g => g.Documents.Select(d => (g.EnrollmentId, g.MemberId, d.Document, d.Version))).ToList();
        if (rows.Count > 0)
        {
            statements.Add(
                """
                insert into consents (enrollment_id, member_id, document, version, given_at)
                select enrollment_id, member_id, document, version, $5 from unnest($1, $2, $3, $4) as c (enrollment_id, member_id, document, version)
                    on conflict do nothing
                """,
                -1,
                rows.Column(r => r.EnrollmentId),
                rows.Column(r => r.MemberId),
                rows.Column(r => r.Document),
                rows.Column(r => r.Version),
                now
            );
        }
    }

    private static void WaitlistLog(Statements statements, DateTimeOffset now, IReadOnlyList<DecidedSeat> decided)
    {
        var steps = new List<(SeatRequest Request, WaitlistLogged Step)>();
        foreach (var (request, change) in decided.SelectMany(d => d.Outcome.Changes.Select(c => (d.Request, c))))
        {
            switch (change)
            {
                case WaitlistLogged step:
                    steps.Add((request, step));
                    break;
                case InFrontLogged front:
                    Steps(statements, now, steps);
                    steps.Clear();
                    InFront(statements, now, request, front.WaitlistOrder);
                    break;
            }
        }

        Steps(statements, now, steps);
    }

    private static void Steps(Statements statements, DateTimeOffset now, List<(SeatRequest Request, WaitlistLogged Step)> steps)
    {
        if (steps.Count > 0)
        {
            statements.Add(
                """
                insert into waitlist_log (group_id, enrollment_id, member_id, at, who, what, code, decision_id)
                select group_id, enrollment_id, member_id, $8, who, what, code, decision_id
                from unnest($1, $2, $3, $4, $5, $6, $7) with ordinality as s (group_id, enrollment_id, member_id, who, what, code, decision_id, n) order by n
                """,
                steps.Count,
                steps.Column(s => s.Request.GroupId),
                steps.Column(s => s.Step.EnrollmentId),
                steps.Column(s => s.Step.MemberId),
                steps.Column(s => s.Request.Caller.Who),
                steps.Column(s => s.Step.What),
                steps.Column(s => s.Step.Code!),
                steps.Column(s => s.Step.DecisionId),
                now
            );
        }
    }

    // Logs each member ahead in the waitlist who got no offer: passed over before, or with two unconfirmed seats. All keep their position.
    private static void InFront(Statements statements, DateTimeOffset now, SeatRequest request, long before) =>
        statements.Add(
            $"""
            insert into waitlist_log (group_id, enrollment_id, member_id, at, who, what, code, decision_id)
            select e.group_id, e.id, e.member_id, $2, $3, '{WaitlistSteps.PassedOver}',
                   case when {SeatStore.MayBeCheckedSql("$2")} then '{WaitlistSteps.Unconfirmed}'
                       when d.outcome = 'hold' then '{WaitlistSteps.Unclear}' else '{WaitlistSteps.NotEligible}' end,
                   case when e.passed_until > $2 then d.id end
            from enrollments e join decisions d on d.id = e.decision_id
            where e.group_id = $1 and e.status = 'waitlisted' and e.waitlist_order < $4
              and (({SeatStore.MayBeCheckedSql("$2")} and {SeatStore.UnconfirmedSql("e.member_id")} >= {SeatGroupState.UnconfirmedAtMost})
                or (e.passed_until > $2 and e.changed_at < $2))
            order by e.waitlist_order
            """,
            -1,
            request.GroupId,
            now,
            request.Caller.Who,
            before
        );

    private static void DueWork(UnitOfWork work, Statements statements, IReadOnlyList<DecidedSeat> decided, IReadOnlyList<EnrollmentChanged> changed)
    {
        ScheduledWork.Replace(
            work,
            statements,
            ScheduledWork.ExpireSeat,
            [.. changed.Where(c => c.After.Deadline is { } at && at != c.Before?.Deadline).Select(c => (c.After.Id, c.After.Deadline!.Value))]
        );
        ScheduledWork.Remove(
            statements,
            ScheduledWork.ExpireSeat,
            [.. changed.Where(c => c.Before?.Deadline is not null && c.After.Deadline is null).Select(c => c.After.Id)]
        );

        var ended = changed.Where(c => !c.After.IsLive).Select(c => c.After.Id).ToHashSet();
        ScheduledWork.Remove(statements, ScheduledWork.Reevaluate, [.. ended]);
        ScheduledWork.Remove(statements, ScheduledWork.IssuePermits, [.. ended]);

        // What a worker's own command says about its own row, the worker moves itself: it knows the version that it claimed.
        var others = decided.Where(d => d.Request.Command is not ReevaluateEnrollment).ToList();
        ScheduledWork.Schedule(
            work,
            statements,
            ScheduledWork.Reevaluate,
            [.. others.SelectMany(d => d.Changes<ReevaluationDue>()).Where(r => !ended.Contains(r.EnrollmentId)).Select(r => (r.EnrollmentId, r.At))]
        );
        ScheduledWork.Schedule(
            work,
            statements,
            ScheduledWork.IssuePermits,
            [.. decided.SelectMany(d => d.Changes<PermitsDue>()).Where(p => !ended.Contains(p.EnrollmentId)).Select(p => (p.EnrollmentId, work.Now))]
        );
        ScheduledWork.Schedule(
            work,
            statements,
            ScheduledWork.OfferSeats,
            [.. decided.Where(d => d.Request.Command is not OfferSeats).SelectMany(d => d.Changes<OffersDue>().Select(o => (d.Request.GroupId, o.At)))]
        );
        if (
            changed.Where(c => SeatGroupState.UnconfirmedChange(c.Before, c.After) < 0).Select(c => c.After.MemberId).Distinct().ToArray() is
            { Length: > 0 } settled
        )
        {
            ScheduledWork.ScheduleOffersOfMembers(work, statements, settled);
        }

        if (changed.Any(c => (c.Before?.Status == EnrollmentStatus.Enrolled) != (c.After.Status == EnrollmentStatus.Enrolled)))
        {
            ScheduledWork.WakeCoverage(work);
        }
    }
}
