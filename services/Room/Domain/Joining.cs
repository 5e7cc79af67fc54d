using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Asks to join a session from where the person is now, and answers a ticket or every reason why not. Decided from the permit alone.</summary>
internal static class Joining
{
    public static readonly JoinRefusal NotEnrolled = new(403, "not-enrolled", "You are not enrolled in this group.");
    public static readonly JoinRefusal BeginsLater = new(
        409,
        "begins-later",
        "You begin with a later session of this group: the first one in your list. Until then the group goes on as it is."
    );
    public static readonly JoinRefusal NotYetKnown = new(404, "not-yet-known", "");

    public static RoomDecision Join(RoomDraft room, RoomState before, Join join)
    {
        if (room.Session.InPerson)
        {
            return Refused(before, NotYetKnown);
        }

        var role = join.FacilitatorIn.Contains(room.Session.Practice) ? StaffRole(room.State, join.AccountId) : null;
        var permit = role is null && join.IsMember ? ForJoining(room, join.AccountId) : null;
        if (role is null && permit is null)
        {
            return Refused(before, join.IsMember && room.Facts.Enrolled.ContainsKey(join.AccountId) ? WithoutPermit(room) : NotEnrolled);
        }

        if (permit is { Withdrawn: false } && join.Jurisdiction is { } said && !JoinRules.Knows(permit, said))
        {
            return Refused(before, new JoinRefusal(400, "validation", "We do not know this state or territory.", "location.jurisdiction"));
        }

        Lifecycle.OpenLobbyWhenDue(room);
        var me = Participant(room, join.AccountId, role ?? RoomRoles.Member);
        if (Refuse(room, me) is { } refusal)
        {
            return Refused(before, refusal);
        }

        JoinDecision? decision = null;
        if (permit is not null)
        {
            me = Decide(room, me, permit, join, out decision);
            if (!decision.Answer.LetsIn)
            {
                var text =
                    decision.Answer.Jurisdiction == JoinRules.Unknown
                        ? "Please tell us where you are right now; without that you cannot join. The reasons are listed."
                        : "You cannot join this session from where you are. The reasons are listed.";
                // A refusal that is itself a fact: it is saved.
                return RoomDecider.Finish(room, before, () => new JoinAnswer(null, new JoinRefusal(403, "not-eligible", text), decision));
            }
        }

        if (Name(room, me, join.Alias) is not { } named)
        {
            return Refused(before, new JoinRefusal(400, "validation", "That is the name of a person who leads the group. Choose another.", "alias"));
        }

        var expiresAt = room.Now + room.Times.Ticket;
        room.Changes.NewTickets.Add(new TicketRow(join.TicketHash, named.ParticipantId, named.AccountId, expiresAt));
        room.Facts = room.Facts with
        {
            Tickets = room.Facts.Tickets.SetItem(Convert.ToHexString(join.TicketHash), new Ticket(named.ParticipantId, named.AccountId, expiresAt)),
        };
        return RoomDecider.Finish(room, before, () => new JoinAnswer(expiresAt, null, decision, named.ParticipantId));
    }

    private static RoomDecision Refused(RoomState before, JoinRefusal refusal) => new(before, new RoomChanges(), new JoinAnswer(null, refusal, null), null);

    private static string? StaffRole(RoomState room, Guid account) =>
        room.Staff.TryGetValue(account, out var role) && (!room.AccountRoles.TryGetValue(account, out var roles) || roles.Contains(AccountRoles.Facilitator))
            ? role
            : null;

    // For a member in an open crisis a permit that no longer counts serves too, since no member is kept out for licensing then.
    private static PermitChanged? ForJoining(RoomDraft room, Guid member) =>
        Eligibility.InForce(room.Facts, member)
        ?? (
            room.State.OfAccount(member) is { Crisis: true }
            && room.Facts.Permits.Where(p => p.Permit.MemberId == member).OrderByDescending(p => p.EnrollmentId).FirstOrDefault() is { } any
                ? any.Permit with
                {
                    Withdrawn = true,
                    Places = [],
                }
                : null
        );

    // Enrolled, and the permit is on its way: made for the near sessions only, withdrawn for cancelled ones. No permit never means allowed.
    private static JoinRefusal WithoutPermit(RoomDraft room)
    {
        Lifecycle.OpenLobbyWhenDue(room);
        return PhaseRefusal(room.Session, room.Times) ?? NotYetKnown;
    }

    private static Participant Participant(RoomDraft room, Guid account, string role)
    {
        if (room.State.OfAccount(account) is not { } known)
        {
            var added = new Participant(room.NewId(), account, role);
            room.Set(added);
            return added;
        }

        if (known.Role == role || (known.Role == RoomRoles.Observer && role == RoomRoles.CoFacilitator))
        {
            return known;
        }

        var changed = known with { Role = role };
        room.Set(changed);
        return changed;
    }

    private static JoinRefusal? Refuse(RoomDraft room, Participant me) =>
        me.Admission == Admissions.Removed ? new JoinRefusal(403, "removed", "A facilitator has removed you from this session.")
        : PhaseRefusal(room.Session, room.Times) is { } closed ? closed
        // A member who was admitted once comes back, into a locked or full room too.
        : me.IsFacilitator || me.IsIn ? null
        : JoinRules.BeginsLater(room.Facts.Enrolled.GetValueOrDefault(me.AccountId), room.Session.StartsAt) ? BeginsLater
        : room.Session.Locked ? new JoinRefusal(409, "room-locked", "The facilitator has closed the room to newcomers.")
        : OthersWithASeat(room, me) >= room.Session.Capacity ? new JoinRefusal(409, "room-full", "All seats of this session are taken.")
        : null;

    private static JoinRefusal? PhaseRefusal(SessionState session, RoomTimes times) =>
        session.Cancelled ? new JoinRefusal(409, "room-ended", "This session does not take place.")
        : session.Phase == Phases.Ended ? new JoinRefusal(409, "room-ended", "This session is over.")
        : session.Phase == Phases.Scheduled
            ? new JoinRefusal(409, "room-not-open", "The waiting room is not open yet.", OpensAt: session.StartsAt - times.LobbyBefore)
        : null;

    // Other members who are in, wait, or hold a ticket.
    private static int OthersWithASeat(RoomDraft room, Participant me)
    {
        var withTicket = room.Facts.Tickets.Values.Where(t => t.ExpiresAt > room.Now).Select(t => t.ParticipantId).ToHashSet();
        return room.Participants.Count(p =>
            p.Role == RoomRoles.Member
            && p.ParticipantId != me.ParticipantId
            && (p.IsIn || p is { Admission: Admissions.Waiting, Present: true } || withTicket.Contains(p.ParticipantId))
        );
    }

    private static Participant Decide(RoomDraft room, Participant me, PermitChanged permit, Join join, out JoinDecision decision)
    {
        var lastPresentAt = me.Present && room.State.IsConnected(me.ParticipantId) ? room.Now : me.LastPresentAt;
        // A member who was refused since then may be somewhere else by now, and has to say where.
        var earlier =
            me is { Jurisdiction: { } jurisdiction, AttestedAt: { } attested } && !(me.RefusedAt >= attested)
                ? new AttestedLocation(jurisdiction, attested)
                : null;
        var answer = JoinRules.Decide(permit, join.Jurisdiction, earlier, lastPresentAt, room.Now, room.Times.Attestation, room.Times.RejoinGrace);
        answer = me.Crisis ? JoinRules.InCrisis(answer, permit) : answer;
        me = Eligibility.Record(room, me, permit, answer, lastPresentAt, out var id);
        me = answer.LetsIn
            ? me with
            {
                Jurisdiction = answer.Jurisdiction,
                AttestedAt = answer.AttestedAt,
                PermitUntil = answer.Until,
                PermitLost = answer.ByCrisis,
                RefusedAt = null,
                Alone = join.Alone ?? me.Alone,
                Observers = Eligibility.ObserversOf(permit, answer.Jurisdiction),
            }
            : me with
            {
                RefusedAt = room.Now,
            };
        room.Set(me);
        if (answer.LetsIn && join.Address is { } address)
        {
            room.Changes.Addresses[me.ParticipantId] = address;
        }

        if (answer.Outcome == JoinRules.Hold)
        {
            room.Append(
                Streams.Staff,
                Kinds.EligibilityHeld,
                null,
                new { participantId = me.ParticipantId, reasons = answer.Reasons.Select(r => r.Code).ToArray() }
            );
        }

        decision = new JoinDecision(id, answer, permit);
        return me;
    }

    // The first name that gets in is the name for the session.
    private static Participant? Name(RoomDraft room, Participant me, string? wish)
    {
        if (me.Alias is not null)
        {
            return me;
        }

        if (Naming.Choose(room, me, wish) is not { } alias)
        {
            return null;
        }

        var result = me with { Alias = alias };
        room.Set(result);
        return result;
    }
}
