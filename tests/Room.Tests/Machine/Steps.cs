using FsCheck;
using FsCheck.Fluent;

namespace GroupTherapy.Room.Tests.Machine;

/// <summary>One thing that happens to a room. People are numbers: 0 leads, 1 is the co-facilitator, the others are members.</summary>
internal abstract record Step;

internal sealed record JoinStep(int Who, string? Jurisdiction) : Step;

internal sealed record EnterStep(int Who) : Step;

/// <param name="To">0 everyone, 1 facilitators, above that a person.</param>
internal sealed record PostStep(int Who, int Id, int To) : Step;

internal enum Moderate
{
    Open,
    AdmitAll,
    Admit,
    SendToWaiting,
    Mute,
    Unmute,
    Lock,
    Unlock,
    Slow,
    Turn,
    TakeTurn,
    Remove,
    Readmit,
    Announce,
    Rename,
    Extend,
    Crisis,
    CrisisOver,
    End,
}

internal sealed record ModerateStep(int By, Moderate What, int Who) : Step;

internal enum Act
{
    RaiseHand,
    LowerHand,
    Help,
    Retract,
    Rename,
    Leave,
    Drop,
}

internal sealed record ActStep(int Who, Act What) : Step;

/// <param name="Minutes">Until the permit ends; null for no end.</param>
internal sealed record PermitStep(int Who, string Outcome, bool Withdrawn, int? Minutes, bool ObservesCo) : Step;

internal sealed record TickStep(int Seconds) : Step;

/// <summary>Facilitators' connections stop or begin to give signs of life.</summary>
internal sealed record SilenceStep(bool Silent) : Step;

/// <summary>The node's lease is over. Renewed, it has a new term, and what was asked on the connections of the earlier one still arrives.</summary>
internal sealed record LeaseStep(bool IsRenewed) : Step;

/// <summary>The process is killed: what is not saved is gone.</summary>
internal sealed record KillStep : Step;

/// <summary>Every command so far comes once more, as after lost answers.</summary>
internal sealed record ReplayStep(int Back) : Step;

internal sealed record PlanStep(int MoveMinutes, bool Cancels, bool OtherLead) : Step;

/// <summary>What happens, in order.</summary>
internal sealed record Script(IReadOnlyList<Step> Steps)
{
    public const int People = 6;

    private static readonly Gen<int> Person = Gen.Choose(0, People - 1);
    private static readonly Gen<int> Member = Gen.Choose(2, People - 1);
    private static readonly Gen<int> Staff = Gen.Frequency((5, Gen.Constant(0)), (2, Gen.Constant(1)), (1, Member));

    private static readonly Gen<Step> Any = Gen.Frequency(
        (10, from who in Person from at in Gen.Elements("US-FL", "US-FL", "US-NY", null, "UNKNOWN") select (Step)new JoinStep(who, at)),
        (14, from who in Person select (Step)new EnterStep(who)),
        (14, from who in Person from id in Gen.Choose(1, 9) from to in Gen.Choose(0, People + 1) select (Step)new PostStep(who, id, to)),
        (18, from mod in Staff from what in Gen.Elements(Enum.GetValues<Moderate>()[..^1]) from who in Member select (Step)new ModerateStep(mod, what, who)),
        (6, from mod in Staff select (Step)new ModerateStep(mod, Moderate.AdmitAll, 2)),
        (1, from mod in Staff select (Step)new ModerateStep(mod, Moderate.End, 2)),
        (10, from who in Person from what in Gen.Elements(Enum.GetValues<Act>()) select (Step)new ActStep(who, what)),
        (
            6,
            from who in Member
            from outcome in Gen.Elements("allow", "allow", "deny", "hold")
            from withdrawn in Gen.Elements(false, false, true)
            from minutes in Gen.Elements<int?>(null, 1, 3, 7, 30)
            from co in Gen.Elements(false, false, true)
            select (Step)new PermitStep(who, outcome, withdrawn, minutes, co)
        ),
        (10, from seconds in Gen.Elements(1, 5, 16, 25, 61, 200, 700) select (Step)new TickStep(seconds)),
        (4, from silent in Gen.Elements(true, false) select (Step)new SilenceStep(silent)),
        (4, Gen.Constant((Step)new KillStep())),
        (2, from renewed in Gen.Elements(true, true, false) select (Step)new LeaseStep(renewed)),
        (4, from back in Gen.Choose(1, 8) select (Step)new ReplayStep(back)),
        (
            1,
            from minutes in Gen.Elements(-5, 10)
            from cancels in Gen.Elements(false, false, true)
            from other in Gen.Elements(false, false, true)
            select (Step)new PlanStep(minutes, cancels, other)
        )
    );

    /// <summary>Scripts that begin with a live room, and scripts that begin with nothing. Shrunk by leaving steps out.</summary>
    public static Arbitrary<Script> Scripts { get; } =
        Arb.From(
            from live in Gen.Elements(true, true, false)
            from steps in Any.ListOf(60)
            select new Script([.. live ? Live : [], .. steps]),
            script => Enumerable.Range(0, script.Steps.Count).Select(left => new Script([.. script.Steps.Where((_, n) => n != left)]))
        );

    /// <summary>A live room with everybody in it.</summary>
    public static IEnumerable<Step> Live =>
        [
            new JoinStep(0, null),
            new EnterStep(0),
            new ModerateStep(0, Moderate.Open, 2),
            .. Enumerable.Range(1, People - 1).SelectMany(who => new Step[] { new JoinStep(who, "US-FL"), new EnterStep(who) }),
            new ModerateStep(0, Moderate.AdmitAll, 2),
        ];

    public override string ToString() => string.Join("\n", Steps.Select((s, n) => $"{n + 1}. {s}"));
}
