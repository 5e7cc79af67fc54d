namespace GroupTherapy.Room.Domain;

/// <summary>The outcome of a command.</summary>
/// <param name="State">The room after it; as it was when nothing is to be saved; null for a session that is not known.</param>
/// <param name="Changes">The changes to save. A refusal may leave changes: an audit entry, or a refusal that is itself a fact.</param>
/// <param name="Result">Null when it was refused.</param>
public sealed record RoomDecision(RoomState? State, RoomChanges Changes, object? Result, Refusal? Refusal);

/// <summary>Everything that changes a room, as one pure function: the same state, command and instant give the same decision.</summary>
public static class RoomDecider
{
    /// <param name="now">The instant of the command; whole microseconds.</param>
    /// <exception cref="InvalidOperationException">The command needs the session's key, and retention destroyed it.</exception>
    public static RoomDecision Decide(RoomState state, RoomCommand command, DateTimeOffset now)
    {
        var draft = new RoomDraft(state, command, now);
        return command switch
        {
            ISentCommand sent => DecideSent(draft, state, command, sent),
            { Term: { } term } when state.LeaseTerm != term => new RoomDecision(state, new RoomChanges(), null, Refusal.TryAgain),
            Join join => Joining.Join(draft, state, join),
            Enter enter => Entering.Refuse(draft, enter) is { } shut ? Refused(state, shut) : Finish(draft, state, Entering.Enter(draft, enter)),
            CorrectAttendance correction => Attendance.Correct(draft, correction, out var item) is { } refusal
                ? Refused(state, refusal)
                : Finish(draft, state, () => item!),
            ReadMediaPlan => new RoomDecision(state, new RoomChanges(), MediaRules.Plan(state, now), null),
            _ => Finish(draft, state, DecideInternal(draft, command)),
        };
    }

    /// <summary>A session that is not known yet.</summary>
    public static RoomDecision DecideNew(RoomTimes times, SessionKey key, ApplyPlan command, DateTimeOffset now)
    {
        var plan = command.Plan;
        var before = new RoomState(SessionState.Planned(plan, command.NewKey), times) { Key = key };
        var draft = new RoomDraft(before, command, now);
        draft.Changes.IsNewSession = true;
        Plans.Apply(draft, plan);
        Consequences.Apply(draft, before, isNew: true);
        return new RoomDecision(draft.State, draft.Changes, NoResult.Value, null);
    }

    /// <summary>Any other command for a session that is not known.</summary>
    internal static RoomDecision DecideUnknown(RoomCommand command, long? leaseTerm)
    {
        var (result, refusal) = command switch
        {
            ISentCommand => ((object?)null, Refusal.NotAdmitted),
            { Term: { } term } when term != leaseTerm => (null, Refusal.TryAgain),
            Domain.Join => (new JoinAnswer(null, Joining.NotYetKnown, null), null),
            Domain.Enter => (null, Refusal.TicketInvalid),
            CorrectAttendance => (null, Refusal.NotFound),
            ReadMediaPlan => (MediaPlan.Closed, null),
            _ => (NoResult.Value, (Refusal?)null),
        };
        return new RoomDecision(null, new RoomChanges(), result, refusal);
    }

    internal static RoomDecision Refused(RoomState before, Refusal refusal) => new(before, new RoomChanges(), null, refusal);

    internal static RoomDecision Finish(RoomDraft draft, RoomState before, Func<object> result)
    {
        Consequences.Apply(draft, before);
        return new RoomDecision(draft.State, draft.Changes, result(), null);
    }

    private static RoomDecision DecideSent(RoomDraft draft, RoomState before, RoomCommand command, ISentCommand sent)
    {
        var (me, refusal) = Access.Of(before, sent, command.Term, draft.Now);
        Func<object> result = () => NoResult.Value;
        refusal ??= command switch
        {
            Post post => Chat.Post(draft, me!, post, out result),
            UseMedia use => MediaUses.Use(draft, me!, use, out result),
            _ => Act(draft, me!, command),
        };
        if (refusal is null)
        {
            return Finish(draft, before, result);
        }

        if (refusal != Refusal.NotAllowed || !sent.Sender.AuditsRefusal)
        {
            return Refused(before, refusal);
        }

        var record = new RoomDraft(before, command, draft.Now);
        record.Audit("room.refused", sent.Sender.AccountId, new { act = sent.Act.ToString() });
        return new RoomDecision(before, record.Changes, null, refusal);
    }

    private static Refusal? Act(RoomDraft draft, Participant me, RoomCommand command) =>
        command switch
        {
            RaiseHand => Chat.RaiseHand(draft, me),
            LowerHand c => Chat.LowerHand(draft, me, c.ParticipantId),
            React c => Chat.React(draft, me, c),
            RequestHelp c => Chat.RequestHelp(draft, me, c.Text),
            Leave c => Presence.Leave(draft, me, c.Sender.ConnectionId),
            Open => Lifecycle.Open(draft, me),
            Admit c => Admission.Admit(draft, me, c.ParticipantId),
            AdmitAll => Admission.AdmitAll(draft, me),
            SendToWaiting c => Admission.SendToWaiting(draft, me, c.ParticipantId),
            End c => Lifecycle.EndByStaff(draft, me, c.Reason),
            Mute c => Moderation.Mute(draft, me, c),
            Hide c => Moderation.Hide(draft, me, c),
            LockRoom c => Moderation.Lock(draft, me, c.Locks),
            SlowMode c => Moderation.SlowMode(draft, me, c.Seconds),
            GiveSpeakingTurn c => Moderation.GiveSpeakingTurn(draft, me, c.ParticipantId),
            Remove c => Moderation.Remove(draft, me, c),
            Crisis c => Moderation.Crisis(draft, me, c),
            Readmit c => Moderation.Readmit(draft, me, c.ParticipantId),
            Retract c => Chat.Retract(draft, me, c),
            Rename c => Naming.Rename(draft, me, c),
            Announce c => Chat.Announce(draft, me, c.Text),
            Extend c => Extending.Extend(draft, me, c.Minutes),
            _ => throw new ArgumentException($"Nothing decides {command.GetType().Name}.", nameof(command)),
        };

    private static Func<object> DecideInternal(RoomDraft draft, RoomCommand command)
    {
        switch (command)
        {
            case ConnectionsLost lost:
                Presence.ConnectionsLost(draft, lost);
                break;
            case CheckStaff:
                Lifecycle.HoldWhenDue(draft);
                break;
            case DeadlineReached reached:
                DueActs.Reached(draft, reached);
                break;
            case ApplyPlan planned:
                Plans.Apply(draft, planned.Plan);
                break;
            case ApplyPermit permit:
                Eligibility.Apply(draft, permit.Permit);
                break;
            case RecheckAccount:
                (draft.Changes.Invalidates, draft.Changes.ChecksConnections, draft.Changes.Media) = (true, true, true);
                break;
            default:
                throw new ArgumentException($"Nothing decides {command.GetType().Name}.", nameof(command));
        }

        return () => NoResult.Value;
    }
}
