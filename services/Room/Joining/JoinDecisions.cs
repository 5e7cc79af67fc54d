using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Joining;

/// <summary>Answers given from permits: each has an id, a row, an audit entry, and is reported to Enrollment, which decides again on its stored inputs.</summary>
internal static class JoinDecisions
{
    /// <param name="lastPresentAt">When they were last known to be here; null when never.</param>
    /// <returns>The decision's id.</returns>
    public static async Task<Guid> RecordAsync(RoomTurn turn, ParticipantRow who, PermitChanged permit, PlaceDecision answer, DateTimeOffset? lastPresentAt)
    {
        var work = turn.Work;
        var (id, codes) = (work.NewId(), answer.Reasons.Select(r => r.Code).ToList());
        work.WithCommit(
            """
            insert into join_decisions (decision_id, session_id, participant_id, permit_id, permit_version, point, jurisdiction, outcome, reason_codes, at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, 1,
            id, turn.SessionId, who.ParticipantId, permit.PermitId, permit.Version, answer.Point, answer.Jurisdiction, answer.Outcome, string.Join(' ', codes), work.Now);
        await work.PublishAsync(new JoinDecided(
            id, permit.PermitId, permit.Version, permit.EnrollmentId, permit.MemberId, permit.GroupId, turn.SessionId, answer.Point, answer.Jurisdiction,
            answer.AttestedAt, lastPresentAt, work.Now, answer.Outcome, codes, permit.RuleSet, permit.Engine, who.Crisis));
        var act = answer.Point == JoinRules.RecheckPoint ? "recheck" : "join";
        await work.AuditAsync(
            answer.LetsIn ? $"{act}.allowed" : $"{act}.refused", who.AccountId, turn.SessionId, new { decision = id, outcome = answer.Outcome, reasons = codes });
        return id;
    }

    /// <summary>What the last answer to this person was; null when there was none.</summary>
    public static Task<string?> LastOutcomeAsync(RoomTurn turn, ParticipantRow who) => turn.Work.FirstOrDefaultAsync<string>(
        "select outcome from join_decisions where session_id = @SessionId and participant_id = @ParticipantId order by at desc, decision_id desc limit 1",
        new { turn.SessionId, who.ParticipantId });
}
