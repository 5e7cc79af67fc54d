using System.Security.Cryptography;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Tests.Machine;

/// <summary>A fault that is built in on purpose, to prove that a check finds it.</summary>
internal enum Fault
{
    None,
    LosesAnEvent,
    ForgetsParticipants,
    NeverChecksStaff,
    LetsTheRemovedIn,
    IgnoresPermits,
    LeaksToOthers,
    WritesAfterItsLease,
}

/// <summary>Runs a script against the decider, saves what it decides, and checks what must hold after each step.</summary>
internal sealed partial class RoomMachine
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private readonly Guid _session = Id(0xF0);
    private readonly SessionKey _key;
    private readonly Store _store = new();
    private readonly Fault _fault;
    private readonly Dictionary<int, (string Id, Guid Participant, long? Term)> _connections = [];
    private readonly Dictionary<int, byte[]> _tickets = [];
    private readonly List<RoomCommand> _sent = [];
    private readonly Dictionary<(Guid, string), PostedAt> _acknowledged = [];
    private readonly HashSet<Guid> _removed = [];
    private RoomState _memory;
    private DateTimeOffset _now = Start.AddMinutes(-10);
    private SessionSnapshot _plan;
    private bool _silent;

    // The term that the database counts for the node, and the one that the node believes in.
    private long? _term = 1;
    private long _nodesTerm = 1;
    private int _ids;

    private RoomMachine(Fault fault)
    {
        _fault = fault;
        _key = new SessionKey(_session, new byte[32]);
        _plan = new SessionSnapshot(
            _session,
            Id(0xF1),
            "grouport",
            "psychotherapy_group",
            "video",
            Start,
            Start.AddHours(1),
            "UTC",
            Account(0),
            [Account(1)],
            10,
            30,
            true,
            false,
            1
        );
        var created = RoomDecider.DecideNew(RoomTimes.Default, _key, new ApplyPlan(_plan, [1]), _now);
        _store.Save(created.State!, created.Changes);
        _memory = _store.Load(_key);
        for (var who = 2; who < Script.People; who++)
        {
            Send(new ApplyPermit(Permit(new PermitStep(who, "allow", false, null, false), 1)));
        }
    }

    /// <returns>The first thing that does not hold; null when all does.</returns>
    public static string? Violation(Script script, Fault fault = Fault.None)
    {
        var machine = new RoomMachine(fault);
        for (var n = 0; n < script.Steps.Count; n++)
        {
            machine.Take(script.Steps[n]);
            if (machine.Check() is { } violation)
            {
                return $"after {n + 1}. {script.Steps[n]}: {violation}";
            }
        }

        return null;
    }

    private static Guid Id(int n) => new($"00000000-0000-7000-8000-{n:x12}");

    private static Guid Account(int who) => Id(0x100 + who);

    private void Take(Step step)
    {
        switch (step)
        {
            case JoinStep join:
                _tickets[join.Who] = SHA256.HashData(BitConverter.GetBytes(++_ids));
                Send(
                    new Join(
                        _session,
                        Account(join.Who),
                        join.Who < 2 ? ["grouport", "chicago"] : [],
                        join.Who >= 2,
                        join.Who < 2 ? null : join.Jurisdiction,
                        null,
                        null,
                        null,
                        _tickets[join.Who]
                    )
                    {
                        Term = _nodesTerm,
                    }
                );
                break;
            case EnterStep enter when _tickets.TryGetValue(enter.Who, out var ticket):
                var id = $"c{++_ids}";
                if (
                    Send(new Enter(_session, id, Id(1), Account(enter.Who), Id(2), DateTimeOffset.MaxValue, ticket, null) { Term = _nodesTerm }).Result
                    is Entered entered
                )
                {
                    _connections[enter.Who] = (id, entered.Me.ParticipantId, _nodesTerm);
                }

                break;
            case PostStep post when Sender(post.Who) is { } sender:
                var to = post.To switch
                {
                    0 => MessageRules.Everyone,
                    1 => MessageRules.Facilitators,
                    _ => ParticipantOf(post.To - 2)?.ToString() ?? Guid.Empty.ToString(),
                };
                Send(new Post(sender, $"p{post.Id}", $"text {post.Id}", to) { Term = TermOf(post.Who) });
                break;
            case ModerateStep moderate when Sender(moderate.By) is { } by && CommandOf(moderate, by) is { } command:
                Send(command with { Term = TermOf(moderate.By) });
                break;
            case ActStep act when Sender(act.Who) is { } me:
                // The node itself reports that connections are lost.
                Send(CommandOf(act, me) with { Term = act.What == Act.Drop ? _nodesTerm : TermOf(act.Who) });
                break;
            case PermitStep permit:
                Send(new ApplyPermit(Permit(permit, ++_ids + 1)));
                break;
            case PlanStep plan:
                _plan = _plan with
                {
                    StartsAt = _plan.StartsAt.AddMinutes(plan.MoveMinutes),
                    EndsAt = _plan.EndsAt.AddMinutes(plan.MoveMinutes),
                    Cancelled = plan.Cancels,
                    LeadFacilitatorId = plan.OtherLead ? Account(1) : Account(0),
                    CoFacilitatorIds = plan.OtherLead ? [] : [Account(1)],
                    Version = _plan.Version + 1,
                };
                Send(new ApplyPlan(_plan, [1]));
                break;
            case TickStep tick:
                Advance(tick.Seconds);
                break;
            case SilenceStep silence:
                _silent = silence.Silent;
                break;
            case LeaseStep lease:
                _nodesTerm += lease.IsRenewed ? 1 : 0;
                _term = lease.IsRenewed ? _nodesTerm : null;
                break;
            case KillStep:
                _memory = _store.Load(_key);
                break;
            case ReplayStep replay:
                foreach (
                    var again in _sent.TakeLast(replay.Back).Where(c => c is Post or ApplyPermit or ApplyPlan or DeadlineReached or ConnectionsLost).ToList()
                )
                {
                    Send(again);
                }

                break;
        }
    }

    // Second by second: heartbeats of staff, the check for silent staff, and whatever is due, as the workers do.
    private void Advance(int seconds)
    {
        for (var n = 0; n < seconds; n++)
        {
            _now = _now.AddSeconds(1);
            if (!_silent && _memory.Connections.Values.Any(c => _memory.Find(c.ParticipantId) is { IsStaff: true }))
            {
                _store.StaffSeenAt = _now;
                _memory = _memory with { StaffSeenAt = _now };
            }

            foreach (var (kind, subject) in _store.Deadlines.Where(d => d.Value <= _now).OrderBy(d => d.Value).Select(d => d.Key).ToList())
            {
                if (_fault == Fault.IgnoresPermits && kind == Deadlines.PermitEnd)
                {
                    continue;
                }

                Send(new DeadlineReached(_session, kind, subject));
                if (_store.Deadlines.TryGetValue((kind, subject), out var due) && due <= _now)
                {
                    _store.Deadlines.Remove((kind, subject));
                }
            }

            if (_fault != Fault.NeverChecksStaff)
            {
                Send(new CheckStaff(_session), remember: false);
            }
        }
    }

    private RoomDecision Send(RoomCommand command, bool remember = true)
    {
        var counted = _fault == Fault.WritesAfterItsLease ? command.Term : _term;
        var decision = RoomDecider.Decide(_memory with { LeaseTerm = counted }, command, _now);
        var (state, changes) = (decision.State!, decision.Changes);
        if (command.Term is { } term && term != _term && (decision.Refusal is null || !changes.IsEmpty))
        {
            _late = $"I8: {command.GetType().Name} of a lease that is over was taken";
        }

        switch (_fault)
        {
            case Fault.LosesAnEvent when changes.Events.Count > 1:
                changes.Events.RemoveAt(changes.Events.Count - 1);
                break;
            case Fault.ForgetsParticipants when command is Remove:
                changes.Participants.Clear();
                break;
            case Fault.LetsTheRemovedIn
                when command is AdmitAll && state.Participants.Values.FirstOrDefault(p => p.Admission == Admissions.Removed) is { } removed:
                state = state with
                {
                    Participants = state.Participants.SetItem(removed.ParticipantId, removed with { Admission = Admissions.In, Present = true }),
                };
                changes.Participants.Add(removed.ParticipantId);
                break;
            case Fault.LeaksToOthers when command is Post && changes.Events is [{ Kind: Kinds.Posted } said] && Streams.OwnerOf(said.Stream) is not null:
                changes.Events[0] = said with { Stream = Streams.Room, Seq = said.Seq };
                break;
        }

        _store.Save(state, changes);
        _memory = state;
        if (remember)
        {
            _sent.Add(command);
        }

        Catalogue.Check(command, decision.Refusal);
        if (command is Remove && decision.Refusal is null)
        {
            _removed.Add(((Remove)command).ParticipantId);
        }

        if (command is Readmit readmit && decision.Refusal is null)
        {
            _removed.Remove(readmit.ParticipantId);
        }

        if (command is Post post && decision.Result is PostedAt at)
        {
            var key = (post.Sender.ParticipantId, post.Id);
            _late = _acknowledged.TryGetValue(key, out var first) && first != at ? $"{post.Id} was acknowledged at {first} and at {at}" : _late;
            _late = _removed.Contains(post.Sender.ParticipantId) ? $"{post.Id} of a removed member was taken" : _late;
            _acknowledged[key] = at;
        }

        return decision;
    }

    private string? _late;

    private Sender? Sender(int who) =>
        _connections.TryGetValue(who, out var c) ? new Sender(_session, c.Id, c.Participant, Account(who), Id(2), DateTimeOffset.MaxValue) : null;

    private long? TermOf(int who) => _connections[who].Term;

    private Guid? ParticipantOf(int who) => _memory.OfAccount(Account(who))?.ParticipantId;

    private RoomCommand<NoResult> CommandOf(ActStep act, Sender me) =>
        act.What switch
        {
            Act.RaiseHand => new RaiseHand(me),
            Act.LowerHand => new LowerHand(me, null),
            Act.Help => new RequestHelp(me, "help"),
            Act.Retract => _store.Log.LastOrDefault(e => e.Kind == Kinds.Posted && e.By!.ParticipantId == me.ParticipantId) is { } said
                ? new Retract(me, said.Stream, said.Seq)
                : new Retract(me, Streams.Room, 1),
            Act.Rename => new Rename(me, $"Name {++_ids % 4}", null),
            Act.Leave => new Leave(me),
            _ => new ConnectionsLost(_session, [me.ConnectionId], false, act.Who < 2 ? _now : null),
        };

    private RoomCommand<NoResult>? CommandOf(ModerateStep step, Sender by)
    {
        var who = ParticipantOf(step.Who) ?? Guid.Empty;
        return step.What switch
        {
            Moderate.Open => new Open(by),
            Moderate.AdmitAll => new AdmitAll(by),
            Moderate.Admit => new Admit(by, who),
            Moderate.SendToWaiting => new SendToWaiting(by, who),
            Moderate.Mute => new Mute(by, who, new MutedParts(true, true, true), true),
            Moderate.Unmute => new Mute(by, who, new MutedParts(false, false, true), false),
            Moderate.Lock => new LockRoom(by, true),
            Moderate.Unlock => new LockRoom(by, false),
            Moderate.Slow => new SlowMode(by, 30),
            Moderate.Turn => new GiveSpeakingTurn(by, who),
            Moderate.TakeTurn => new GiveSpeakingTurn(by, null),
            Moderate.Remove => new Remove(by, who, "reason"),
            Moderate.Readmit => new Readmit(by, who),
            Moderate.Announce => new Announce(by, "in a moment"),
            Moderate.Rename => new Rename(by, "Somebody Else", who),
            Moderate.Extend => new Extend(by, 10),
            Moderate.Crisis => new Crisis(by, who, true, null),
            Moderate.CrisisOver => new Crisis(by, who, false, "note"),
            _ => new End(by, "reason"),
        };
    }

    private PermitChanged Permit(PermitStep step, long version)
    {
        var until = step.Minutes is { } minutes ? _now.AddMinutes(minutes) : (DateTimeOffset?)null;
        PermitPlace Place(string jurisdiction) => new(jurisdiction, jurisdiction, step.Outcome, [], [], [], until, step.ObservesCo ? [Account(1)] : null);
        return new PermitChanged(
            Account(step.Who),
            Account(step.Who),
            Account(step.Who),
            Id(0xF1),
            _session,
            version,
            step.Withdrawn,
            _now,
            1,
            new string('a', 64),
            "test",
            [],
            step.Withdrawn ? [] : [Place("US-FL"), Place("US-NY"), new PermitPlace("UNKNOWN", "unknown", "deny", [], [], [], null)]
        );
    }
}
