namespace GroupTherapy.Enrollment.Licensing;

/// <summary>One coming session of one enrolment, to be decided twice.</summary>
/// <param name="Facts">At a join point; the place attested then is the residence. One object for all sessions that share their facts, so that a run of them
/// is decided once.</param>
/// <param name="Changed">The facts of the second decision; null where only the rules differ.</param>
public readonly record struct EnrolmentSession(
    Guid EnrollmentId,
    Guid GroupId,
    Guid MemberId,
    Guid SessionId,
    DateTimeOffset StartsAt,
    LicensingRequest Facts,
    LicensingRequest? Changed = null
);

/// <summary>A session that a member gains or loses.</summary>
/// <param name="Reasons">Of the second answer.</param>
public sealed record ImpactItem(
    Guid EnrollmentId,
    Guid SessionId,
    Outcome From,
    Outcome To,
    IReadOnlyList<Reason> Reasons,
    Guid GroupId,
    Guid MemberId,
    DateTimeOffset StartsAt
);

/// <summary>
/// The members who would gain or lose a session: each session is decided at its start under one side and the other. Consecutive sessions of one enrolment
/// share a decision until the instant at which it changes, so that the work grows with the changes and memory with the length of the lists.
/// </summary>
/// <param name="before">The rules in force at an instant, and until when.</param>
/// <param name="after">The rules that are tried instead.</param>
/// <param name="listed">Gains and losses listed of each; further ones are counted.</param>
public sealed class Impact(RulesAt before, RulesAt after, int listed = 10_000)
{
    private readonly ImpactSide _before = new(before);
    private readonly ImpactSide _after = new(after);
    private readonly List<ImpactItem> _gains = [];
    private readonly List<ImpactItem> _losses = [];

    public long Evaluated { get; private set; }

    public long Gained { get; private set; }

    public long Lost { get; private set; }

    public IReadOnlyList<ImpactItem> Gains => _gains;

    public IReadOnlyList<ImpactItem> Losses => _losses;

    /// <summary>Decides all of them.</summary>
    public Impact Over(IEnumerable<EnrolmentSession> sessions)
    {
        foreach (var session in sessions)
        {
            Add(session);
        }

        return this;
    }

    public void Add(in EnrolmentSession session)
    {
        Evaluated++;
        var from = _before.Decide(session.Facts, session.StartsAt.UtcTicks);
        var to = _after.Decide(session.Changed ?? session.Facts, session.StartsAt.UtcTicks);
        var (did, does) = (LetsIn(from), LetsIn(to));
        if (did == does)
        {
            return;
        }

        var items = does ? _gains : _losses;
        if (does)
        {
            Gained++;
        }
        else
        {
            Lost++;
        }

        if (items.Count < listed)
        {
            items.Add(new ImpactItem(session.EnrollmentId, session.SessionId, from, to, _after.Reasons, session.GroupId, session.MemberId, session.StartsAt));
        }
    }

    /// <summary>Whether a member with this answer may be in the room.</summary>
    public static bool LetsIn(Outcome outcome) => outcome is Outcome.Allow or Outcome.AllowWithConditions;
}

/// <summary>The rules that count at an instant.</summary>
/// <param name="until">The first instant, in ticks, at which others do; <see cref="long.MaxValue"/> when none will.</param>
public delegate CompiledRuleSet RulesAt(long at, out long until);

/// <summary>One side of an impact: the last decision is kept as long as it holds.</summary>
internal sealed class ImpactSide(RulesAt rulesAt)
{
    private readonly Scratch _scratch = new();
    private LicensingRequest? _facts;
    private CompiledRuleSet? _rules;
    private Answer _answer;
    private IReadOnlyList<Reason>? _reasons;
    private Outcome _outcome;
    private long _from;
    private long _until;

    /// <summary>Of the last decision.</summary>
    public IReadOnlyList<Reason> Reasons => _reasons ??= LicensingEngine.Write(_rules!, _answer, null).Reasons;

    public Outcome Decide(LicensingRequest facts, long at)
    {
        if (ReferenceEquals(facts, _facts) && at >= _from && at < _until)
        {
            return _outcome;
        }

        _rules = rulesAt(at, out var over);
        (_facts, _from, _until, _reasons) = (facts, at, over, null);
        if (!_rules.ServiceClassByCode.TryGetValue(facts.Group.ServiceClass, out var number))
        {
            var unheard = LicensingEngine.Decide(_rules, facts, new DateTimeOffset(at, TimeSpan.Zero));
            _reasons = unheard.Reasons;
            return _outcome = unheard.Outcome;
        }

        var service = _rules.ServiceClasses[number];
        var resolved = FactsResolver.Resolve(_rules, facts with { Member = facts.Member with { Location = null } }, at);
        var home = resolved.At(resolved.Residence).WithMovingAges();
        _answer = Evaluation.At(home, service, at, _scratch);
        _outcome = _answer.Outcome;
        if (RecheckRules.NextChange(home, service, _answer, at, _scratch) is { } next && next < over)
        {
            _until = next;
        }

        return _outcome;
    }
}
