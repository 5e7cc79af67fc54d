using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>The rows that the commands of one batch need beside their rooms.</summary>
internal sealed class LoadPlan
{
    public HashSet<Guid> Sessions { get; } = [];

    public HashSet<Guid> SignIns { get; } = [];

    public HashSet<Guid> Accounts { get; } = [];

    public HashSet<(Guid Session, Guid Participant, string ClientId)> Posts { get; } = [];

    public HashSet<(Guid Session, string Stream, long Seq, Guid Participant)> Messages { get; } = [];

    public HashSet<Guid> Tickets { get; } = [];

    /// <summary>Permits of an account, of a participant, or of all members of a session.</summary>
    public HashSet<(Guid Session, Guid? Account, Guid? Participant)> Permits { get; } = [];

    public HashSet<Guid> Enrollments { get; } = [];

    public HashSet<Guid> Names { get; } = [];

    public HashSet<Guid> Enrolled { get; } = [];

    /// <summary>Sessions whose staff's other sessions are asked for.</summary>
    public HashSet<Guid> Calendars { get; } = [];

    public HashSet<Guid> Attendance { get; } = [];

    public static LoadPlan For(IEnumerable<RoomCommand> commands)
    {
        var plan = new LoadPlan();
        foreach (var command in commands)
        {
            plan.Add(command);
        }

        return plan;
    }

    private void Add(RoomCommand command)
    {
        var session = command.SessionId;
        Sessions.Add(session);
        if (command is ISentCommand { Sender: var sender })
        {
            SignIns.Add(sender.SignInId);
        }

        switch (command)
        {
            case Post post:
                Posts.Add((session, post.Sender.ParticipantId, post.Id));
                break;
            case React react:
                Messages.Add((session, react.Stream, react.Seq, react.Sender.ParticipantId));
                break;
            case Retract retract:
                Messages.Add((session, retract.Stream, retract.Seq, retract.Sender.ParticipantId));
                break;
            case Rename:
                Names.Add(session);
                break;
            case Open:
                Permits.Add((session, null, null));
                Enrolled.Add(session);
                break;
            case Extend:
                Calendars.Add(session);
                break;
            case Hide hide:
                Messages.Add((session, hide.Stream, hide.Seq, hide.Sender.ParticipantId));
                break;
            case Crisis crisis:
                Permits.Add((session, null, crisis.ParticipantId));
                break;
            case Enter enter:
                SignIns.Add(enter.SignInId);
                Tickets.Add(session);
                break;
            case Join join:
                Accounts.Add(join.AccountId);
                Tickets.Add(session);
                Permits.Add((session, join.AccountId, null));
                Names.Add(session);
                Enrolled.Add(session);
                break;
            case ApplyPermit { Permit: var permit }:
                Permits.Add((session, permit.MemberId, null));
                Enrollments.Add(permit.EnrollmentId);
                break;
            case DeadlineReached { Kind: Deadlines.PermitEnd } reached:
                Permits.Add((session, null, reached.Subject));
                break;
            case DeadlineReached { Kind: Deadlines.Begin }:
                Permits.Add((session, null, null));
                Enrolled.Add(session);
                break;
            case End or CorrectAttendance or DeadlineReached { Kind: Deadlines.End or Deadlines.HeldEnd } or ApplyPlan { Plan.Cancelled: true }:
                Permits.Add((session, null, null));
                Enrolled.Add(session);
                Attendance.Add(session);
                break;
        }
    }
}
