using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>
/// Holds a member who joined against the permit as it is at this moment. A new answer is a decision of its own at point <c>recheck</c>. A member who is no
/// longer covered is removed with an explanation; a member in a crisis stays, and a handover is recorded.
/// </summary>
internal static class Eligibility
{
    /// <summary>The permit in force of one member: the newest of an enrollment that is not over. Null when there is none.</summary>
    public static PermitChanged? InForce(RoomFacts facts, Guid member) =>
        facts
            .Permits.Where(p => p.Permit.MemberId == member && p is { Active: true, Permit.Withdrawn: false })
            .OrderByDescending(p => p.EnrollmentId)
            .FirstOrDefault()
            ?.Permit;

    /// <summary>Accounts of co-facilitators who may only observe while a member is here from this location.</summary>
    public static Guid[] ObserversOf(PermitChanged? permit, string? jurisdiction) =>
        [.. permit?.Places.FirstOrDefault(p => p.Jurisdiction == jurisdiction)?.Observers ?? []];

    /// <summary>Keeps a published permit unless a newer version is known, and rechecks its member.</summary>
    public static void Apply(RoomDraft room, PermitChanged permit)
    {
        var known = room.Facts.Permits.Find(p => p.EnrollmentId == permit.EnrollmentId && p.Permit.MemberId == permit.MemberId);
        if (known is not null && known.Permit.Version >= permit.Version)
        {
            return;
        }

        room.Changes.Permits.Add(permit);
        var permits = known is null ? room.Facts.Permits : room.Facts.Permits.Remove(known);
        room.Facts = room.Facts with
        {
            Permits = permits.Add(new KnownPermit(permit.EnrollmentId, known?.Active ?? !room.Facts.EndedEnrollments.Contains(permit.EnrollmentId), permit)),
        };
        if (room.Session.Phase == Phases.Ended)
        {
            return;
        }

        if (room.State.OfAccount(permit.MemberId) is { Role: RoomRoles.Member, Jurisdiction: not null } who)
        {
            Recheck(room, who);
        }

        room.Changes.ChecksConnections = true;
    }

    public static void Recheck(RoomDraft room, Participant who)
    {
        var permit = InForce(room.Facts, who.AccountId);
        var plain = permit is null ? null : JoinRules.Recheck(permit, who.Jurisdiction ?? JoinRules.Unknown, who.AttestedAt, room.Now);
        var lost = plain is not { LetsIn: true };
        who = who with
        {
            PermitLost = lost,
            PermitUntil = plain?.Until,
            HandoverAt = lost ? who.HandoverAt : null,
            Observers = ObserversOf(permit, who.Jurisdiction),
        };
        room.Set(who);
        if (!who.Present)
        {
            return;
        }

        var answer = plain is null || !who.Crisis ? plain : JoinRules.InCrisis(plain, permit!);
        if (permit is not null && answer!.Outcome != who.LastOutcome)
        {
            who = Record(room, who, permit, answer, room.Now, out _);
        }

        if (!lost)
        {
            return;
        }

        if (who.Crisis)
        {
            HandOver(room, who, plain);
        }
        else
        {
            RemoveIneligible(room, who, plain);
        }
    }

    /// <summary>Each answer given from a permit has an id, a row, an audit entry, and is reported to Enrollment, which decides again on its stored
    /// inputs.</summary>
    /// <param name="lastPresentAt">When the member was last known to be here; null when never.</param>
    public static Participant Record(RoomDraft room, Participant who, PermitChanged permit, LocationDecision answer, DateTimeOffset? lastPresentAt, out Guid id)
    {
        id = room.NewId();
        List<string> codes = [.. answer.Reasons.Select(r => r.Code)];
        room.Changes.Decisions.Add(
            new DecisionRow(id, who.ParticipantId, permit.PermitId, permit.Version, answer.Point, answer.Jurisdiction, answer.Outcome, codes)
        );
        room.Publish(
            new JoinDecided(
                id,
                permit.PermitId,
                permit.Version,
                permit.EnrollmentId,
                permit.MemberId,
                permit.GroupId,
                room.Session.SessionId,
                answer.Point,
                answer.Jurisdiction,
                answer.AttestedAt,
                lastPresentAt,
                room.Now,
                answer.Outcome,
                codes,
                permit.RuleSet,
                permit.Engine,
                who.Crisis
            )
        );
        var act = answer.Point == JoinRules.RecheckPoint ? "recheck" : "join";
        room.Audit(
            answer.LetsIn ? $"{act}.allowed" : $"{act}.refused",
            who.AccountId,
            new
            {
                decision = id,
                outcome = answer.Outcome,
                reasons = codes,
            }
        );
        who = who with { LastOutcome = answer.Outcome };
        room.Set(who);
        return who;
    }

    /// <summary>The moment of an announcement has come.</summary>
    public static void Warn(RoomDraft room, Guid participant, int minutes)
    {
        // A member who is not here learns it on joining; a member in a crisis is not sent away, so there is nothing to announce.
        if (
            room.Find(participant) is not { Present: true, PermitLost: false, Crisis: false, PermitUntil: { } until } who
            || until <= room.Now
            || room.Now < until.AddMinutes(-minutes)
            || (who.WarnedUntil == until && who.WarnedMinutes <= minutes)
        )
        {
            return;
        }

        room.Set(who with { WarnedUntil = until, WarnedMinutes = minutes });
        room.Append(
            Streams.Private(participant),
            Kinds.EligibilityEnding,
            null,
            new
            {
                participantId = participant,
                until,
                text = EligibilityRules.EndingText(minutes),
                reasons = new[]
                {
                    new { code = JoinRules.RecheckExpired, text = "What allows this session where you are has to be checked again at that time." },
                },
            }
        );
        room.Append(
            Streams.Staff,
            Kinds.EligibilityHeld,
            null,
            new
            {
                participantId = participant,
                reasons = new[] { JoinRules.RecheckExpired },
                until,
            }
        );
        room.Audit("eligibility.ending", who.AccountId, new { until, minutes });
    }

    /// <summary>The instant up to which the permit counted has come.</summary>
    public static void Expire(RoomDraft room, Guid participant)
    {
        if (room.Find(participant) is { PermitLost: false, PermitUntil: { } until } who && until <= room.Now)
        {
            Recheck(room, who);
        }
    }

    private static void HandOver(RoomDraft room, Participant who, LocationDecision? plain)
    {
        if (who.HandoverAt is not null)
        {
            return;
        }

        var reasons = Codes(plain);
        room.Set(who with { HandoverAt = room.Now });
        room.Append(
            Streams.Staff,
            Kinds.HandoverNeeded,
            null,
            new
            {
                participantId = who.ParticipantId,
                reasons,
                conditions = JoinRules.CrisisConditions,
            }
        );
        room.Audit("handover.needed", who.AccountId, new { reasons });
    }

    // Told, out of the room, and only then disconnected: a few seconds are left to read the words or to ask for help.
    private static void RemoveIneligible(RoomDraft room, Participant who, LocationDecision? plain)
    {
        var reasons = Codes(plain);
        room.Append(
            Streams.Private(who.ParticipantId),
            Kinds.EligibilityEnded,
            null,
            new
            {
                participantId = who.ParticipantId,
                text = plain is null ? EligibilityRules.SeatEndedText : EligibilityRules.EndedText,
                reasons = plain?.Reasons.Select(r => new { code = r.Code, text = r.Text }).ToArray() ?? [],
                alternatives = plain?.Alternatives ?? [],
                crisisLines = CrisisLines.All,
            }
        );
        Presence.Go(room, who);
        room.Append(Streams.Staff, Kinds.EligibilityHeld, null, new { participantId = who.ParticipantId, reasons });
        foreach (var connection in room.State.Connections.Values.Where(c => c.ParticipantId == who.ParticipantId && c.ClosesAt is null).ToList())
        {
            room.Set(connection with { ClosesAt = room.Now + EligibilityRules.ReadingTime });
        }

        room.RevokeTickets(who.ParticipantId);
        room.Audit("eligibility.lost", who.AccountId, new { reasons });
        room.Changes.ChecksConnections = true;
    }

    private static string[] Codes(LocationDecision? decision) => decision?.Reasons.Select(r => r.Code).ToArray() ?? [];
}
