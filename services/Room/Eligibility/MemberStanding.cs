using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Time;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;

namespace GroupTherapy.Room.Eligibility;

/// <summary>
/// Holds a member who joined against the permit as it is at this moment. A new answer is a decision of its own at point <c>recheck</c>. Who is not covered any more
/// is led out with words; who is in a crisis stays, and a handover is recorded.
/// </summary>
internal static class MemberStanding
{
    public static async Task CheckAsync(RoomTurn turn, ParticipantRow who, RoomTimes times)
    {
        var (work, now) = (turn.Work, turn.Work.Now);
        var permit = await Permits.InForceAsync(work, turn.SessionId, who.AccountId);
        var plain = permit is null ? null : JoinRules.Recheck(permit, who.Place ?? JoinRules.Unknown, who.AttestedAt, now);
        var lost = plain is not { LetsIn: true };
        await work.ExecuteAsync(
            """
            update participants set permit_lost = @lost, permit_until = @Until, handover_at = case when @lost then handover_at end
            where session_id = @SessionId and participant_id = @ParticipantId
            """, new { lost, plain?.Until, turn.SessionId, who.ParticipantId });
        if (!who.Present)
        {
            return;
        }

        var answer = plain is null || !who.Crisis ? plain : JoinRules.InCrisis(plain, permit!);
        if (permit is not null && answer!.Outcome != await JoinDecisions.LastOutcomeAsync(turn, who))
        {
            await JoinDecisions.RecordAsync(turn, who, permit, answer, now);
        }

        await AnnounceAsync(turn, who, plain?.Until, times);
        if (!lost)
        {
            await Observers.SettleAsync(turn);
            return;
        }

        if (who.Crisis)
        {
            await HandOverAsync(turn, who, plain);
        }
        else
        {
            await LeadOutAsync(turn, who, plain);
        }
    }

    /// <summary>Sets the instants at which the end of a permit is announced and takes effect. Told once, whoever comes and goes.</summary>
    public static Task AnnounceAsync(RoomTurn turn, ParticipantRow who, DateTimeOffset? until, RoomTimes times) => AnnounceAsync(turn.Work, [(turn, who, until)], times);

    /// <inheritdoc cref="AnnounceAsync(RoomTurn, ParticipantRow, DateTimeOffset?, RoomTimes)"/>
    public static async Task AnnounceAsync(UnitOfWork work, IReadOnlyList<(RoomTurn Turn, ParticipantRow Who, DateTimeOffset? Until)> members, RoomTimes times)
    {
        if (members.Count == 0)
        {
            return;
        }

        var told = (await work.QueryAsync<Told>(
            """
            select p.session_id, p.participant_id, p.warned_until, p.warned_minutes from unnest(@sessions, @people) as g (of_session, person)
            join participants p on p.session_id = g.of_session and p.participant_id = g.person
            """, new { sessions = members.Select(m => m.Turn.SessionId).ToArray(), people = members.Select(m => m.Who.ParticipantId).ToArray() }))
            .ToDictionary(t => (t.SessionId, t.ParticipantId));
        await RoomTurn.SetDeadlinesAsync(work, [.. members.SelectMany(m => Instants(m.Turn, m.Who, m.Until, told.GetValueOrDefault((m.Turn.SessionId, m.Who.ParticipantId)), times))]);
    }

    private static IEnumerable<(Guid Session, Guid Subject, string Kind, DateTimeOffset? DueAt)> Instants(RoomTurn turn, ParticipantRow who, DateTimeOffset? permitUntil, Told? told, RoomTimes times)
    {
        var (until, lastSecond) = (permitUntil?.ToMicroseconds(), turn.Session.EndsAt + times.EndAfter);
        var due = EligibilityRules.Due(until, lastSecond, told?.WarnedUntil, told?.WarnedMinutes, turn.Work.Now);
        foreach (var minutes in EligibilityRules.AnnouncedBefore)
        {
            yield return (turn.SessionId, who.ParticipantId, Deadlines.PermitWarning(minutes), due.FirstOrDefault(d => d.Minutes == minutes)?.DueAt);
        }

        yield return (turn.SessionId, who.ParticipantId, Deadlines.PermitEnd, until <= lastSecond ? until : null);
    }

    /// <summary>The moment of an announcement has come.</summary>
    public static async Task WarnAsync(RoomTurn turn, Guid participant, int minutes)
    {
        // Who is not here is told when they come; who is in a crisis is not sent away, so there is nothing to announce.
        if (await turn.ParticipantAsync(participant) is not { Present: true, PermitLost: false, Crisis: false, PermitUntil: { } until } who || until <= turn.Work.Now)
        {
            return;
        }

        await turn.Work.ExecuteAsync(
            "update participants set warned_until = @until, warned_minutes = @minutes where session_id = @SessionId and participant_id = @participant",
            new { until, minutes, turn.SessionId, participant });
        await turn.AppendAsync(Streams.Private(participant), Kinds.EligibilityEnding, null, new
        {
            participantId = participant,
            until,
            text = EligibilityRules.EndingText(minutes),
            reasons = new[] { new { code = JoinRules.RecheckExpired, text = "What allows this session where you are has to be checked again at that time." } },
        });
        await turn.AppendAsync(Streams.Staff, Kinds.EligibilityHeld, null, new { participantId = participant, reasons = new[] { JoinRules.RecheckExpired }, until });
        await turn.Work.AuditAsync("eligibility.ending", who.AccountId, turn.SessionId, new { until, minutes });
    }

    /// <summary>The instant up to which the permit counted has come.</summary>
    public static async Task ExpireAsync(RoomTurn turn, Guid participant, RoomTimes times)
    {
        if (await turn.ParticipantAsync(participant) is { PermitLost: false, PermitUntil: { } until } who && until <= turn.Work.Now)
        {
            await CheckAsync(turn, who, times);
        }
    }

    private static async Task HandOverAsync(RoomTurn turn, ParticipantRow who, PlaceDecision? plain)
    {
        if (who.HandoverAt is not null)
        {
            return;
        }

        var reasons = Codes(plain);
        await turn.Work.ExecuteAsync(
            "update participants set handover_at = @Now where session_id = @SessionId and participant_id = @ParticipantId", new { turn.Work.Now, turn.SessionId, who.ParticipantId });
        await turn.AppendAsync(Streams.Staff, Kinds.HandoverNeeded, null, new { participantId = who.ParticipantId, reasons, conditions = JoinRules.CrisisConditions });
        await turn.Work.AuditAsync("handover.needed", who.AccountId, turn.SessionId, new { reasons });
    }

    // Told, out of the room, and only then disconnected: the words come first in their private stream, and a few seconds are theirs to read them or to ask for help.
    private static async Task LeadOutAsync(RoomTurn turn, ParticipantRow who, PlaceDecision? plain)
    {
        var reasons = Codes(plain);
        await turn.AppendAsync(Streams.Private(who.ParticipantId), Kinds.EligibilityEnded, null, new
        {
            participantId = who.ParticipantId,
            text = plain is null ? EligibilityRules.SeatEndedText : EligibilityRules.EndedText,
            reasons = plain?.Reasons.Select(r => new { code = r.Code, text = r.Text }).ToArray() ?? [],
            alternatives = plain?.Alternatives ?? [],
            crisisLines = CrisisLines.All,
        });
        await Presence.GoAsync(turn, who);
        await turn.AppendAsync(Streams.Staff, Kinds.EligibilityHeld, null, new { participantId = who.ParticipantId, reasons });
        await turn.Work.ExecuteAsync(
            """
            update connections set closes_at = @closesAt where session_id = @SessionId and participant_id = @ParticipantId and closes_at is null;
            delete from tickets where session_id = @SessionId and participant_id = @ParticipantId;
            """, new { closesAt = turn.Work.Now + EligibilityRules.ReadingTime, turn.SessionId, who.ParticipantId });
        await turn.Work.AuditAsync("eligibility.lost", who.AccountId, turn.SessionId, new { reasons });
        turn.CheckConnectionsAfterCommit();
    }

    private static string[] Codes(PlaceDecision? decision) => decision?.Reasons.Select(r => r.Code).ToArray() ?? [];

    private sealed record Told(Guid SessionId, Guid ParticipantId, DateTimeOffset? WarnedUntil, int? WarnedMinutes);
}
