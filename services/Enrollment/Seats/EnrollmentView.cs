using System.Text.Json;
using GroupTherapy.Enrollment.Consents;
using GroupTherapy.Enrollment.Decisions;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>A stay as the public contract shows it.</summary>
/// <param name="SeatHeldUntil">While reserved.</param>
/// <param name="OfferExpiresAt">While offered.</param>
/// <param name="WaitlistPosition">While waiting: 1 is next, no two alike.</param>
/// <param name="Consents">What confirming takes, in the versions in force.</param>
public sealed record EnrollmentView(
    Guid Id, Guid GroupId, string Status, DateTimeOffset? SeatHeldUntil, DateTimeOffset? OfferExpiresAt, int? WaitlistPosition, string? EndReason, DateTimeOffset CreatedAt,
    IReadOnlyList<ConsentDocument> Consents, DecisionView? Decision)
{
    private const string Select =
        """
        select e.id, e.group_id, e.status, e.member_id, case when e.status = 'reserved' then e.seat_held_until end as seat_held_until, case when e.status = 'offered' then e.offer_expires_at end as offer_expires_at,
               case when e.status = 'waitlisted' then (select count(*)::int from enrollments w where w.group_id = e.group_id and w.status = 'waitlisted' and w.place_in_line <= e.place_in_line) end as waitlist_position,
               e.end_reason, e.created_at, g.part2, e.decision_id, d.answer
        from enrollments e join seat_groups g using (group_id) left join decisions d on d.id = e.decision_id
        """;

    internal static async Task<EnrollmentView> ReadAsync(UnitOfWork work, Guid id, DecisionView? decision)
    {
        var row = await work.FirstOrDefaultAsync<Row>($"{Select} where e.id = @id", new { id });
        return row!.View(await ConsentDocument.NeededAsync(work.QueryAsync<ConsentDocument>, row.Part2), decision);
    }

    internal static Task<IReadOnlyList<Row>> ListAsync(Db db, Guid memberId, Guid? after, int more, CancellationToken ct) =>
        db.QueryAsync<Row>($"{Select} where e.member_id = @memberId and (@after::uuid is null or e.id < @after) order by e.id desc limit @more", new { memberId, after, more }, ct);

    internal sealed record Row(
        Guid Id, Guid GroupId, string Status, Guid MemberId, DateTimeOffset? SeatHeldUntil, DateTimeOffset? OfferExpiresAt, int? WaitlistPosition, string? EndReason, DateTimeOffset CreatedAt, bool Part2, Guid DecisionId, string? Answer)
    {
        public EnrollmentView View(IReadOnlyList<ConsentDocument> consents, DecisionView? decision) =>
            new(Id, GroupId, Status, SeatHeldUntil, OfferExpiresAt, WaitlistPosition, EndReason, CreatedAt, Status is SeatStates.Ended or SeatStates.Enrolled ? [] : consents, decision ?? Stored);

        private DecisionView? Stored => Answer is null ? null : DecisionView.Of(DecisionId, JsonSerializer.Deserialize<Decision>(Answer, LicensingJson.Options)!, []);
    }
}
