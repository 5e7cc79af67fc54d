using FsCheck;
using FsCheck.Fluent;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>One thing that happens. People and groups are numbers; a command about a stay that does not exist is passed by, so that any part of a script is a
/// script.</summary>
internal abstract record Command;

internal sealed record Reserve(int P, int G) : Command;

/// <param name="Nth">Of all stays that the command fits, or of all there ever were; counted round and round.</param>
internal sealed record Confirm(int Nth, bool Fitting, bool WithConsents) : Command;

internal sealed record Cancel(int Nth, bool Fitting) : Command;

/// <summary>An operator lets somebody held go on, or refuses.</summary>
internal sealed record Settle(int Nth, bool Fitting, bool Release) : Command;

/// <summary>An operator records that somebody of the practice has spoken with this person.</summary>
internal sealed record Intake(int P) : Command;

internal sealed record Move(int P, Law To) : Command;

internal sealed record Tick(int Minutes) : Command;

/// <summary>To some seconds before the next deadline, or exactly to it.</summary>
internal sealed record ToDeadline(int SecondsBefore) : Command;

/// <summary>To the next deadline exactly, and something is asked at that instant before or after the workers saw it.</summary>
internal sealed record AtDeadline(Command Then) : Command;

/// <summary>A request that was made before, once more: the same key, the same words.</summary>
internal sealed record AskAgain(int Back) : Command;

/// <summary>A message of Scheduling that came before, once more.</summary>
internal sealed record TellAgain(int Back) : Command;

/// <summary>News of a group. Late ones carry a version that was overtaken.</summary>
internal sealed record Capacity(int G, int Seats, bool Late) : Command;

internal sealed record Close(int G) : Command;

/// <summary><c>kill -9</c>, and a start after some hours.</summary>
internal sealed record Kill(int Hours) : Command;

/// <summary><c>kill -9</c> while a request is on its way; whoever asked asks again with the same key.</summary>
internal sealed record KillDuring(Command Request, int Milliseconds) : Command;

/// <summary>What happens, in order.</summary>
internal sealed record Script(IReadOnlyList<Command> Commands)
{
    public const int People = 5;
    public const int Groups = 3;

    public override string ToString() => string.Join("\n", Commands.Select((c, i) => $"{i + 1}. {c}"));

    private static readonly Gen<int> Person = Gen.Frequency((8, Gen.Choose(0, People - 2)), (1, Gen.Constant(People - 1)));
    private static readonly Gen<int> Group = Gen.Frequency((7, Gen.Constant(0)), (2, Gen.Constant(1)), (2, Gen.Constant(2)));
    private static readonly Gen<int> Nth = Gen.Choose(0, 11);
    private static readonly Gen<bool> Mostly = Gen.Frequency((6, Gen.Constant(true)), (1, Gen.Constant(false)));

    private static readonly Gen<Command> Request = Gen.Frequency(
        (16, from p in Person from g in Group select (Command)new Reserve(p, g)),
        (8, from n in Nth from fitting in Mostly from consents in Mostly select (Command)new Confirm(n, fitting, consents)),
        (4, from n in Nth from fitting in Mostly select (Command)new Cancel(n, fitting)),
        (2, from n in Nth from fitting in Mostly from release in Gen.Elements(true, true, false) select (Command)new Settle(n, fitting, release)),
        (2, from p in Person select (Command)new Intake(p))
    );

    private static readonly Gen<Command> Any = Gen.Frequency(
        (120, Request),
        (16, from p in Person from to in Gen.Elements(Law.Yes, Law.Yes, Law.No, Law.No, Law.Unclear) select (Command)new Move(p, to)),
        (6, from minutes in Gen.Elements(1, 14, 15, 16, 12 * 60, 24 * 60, 14 * 24 * 60) select (Command)new Tick(minutes)),
        (10, from before in Gen.Elements(0, 0, 1) select (Command)new ToDeadline(before)),
        (8, from then in Request select (Command)new AtDeadline(then)),
        (12, from back in Gen.Choose(1, 6) select (Command)new AskAgain(back)),
        (6, from back in Gen.Choose(1, 3) select (Command)new TellAgain(back)),
        (14, from g in Group from seats in Gen.Elements(1, 1, 2, 3) from late in Gen.Elements(false, false, true) select (Command)new Capacity(g, seats, late)),
        (2, from g in Group select (Command)new Close(g)),
        (1, from hours in Gen.Elements(0, 13, 15 * 24) select (Command)new Kill(hours)),
        (2, from request in Request from ms in Gen.Elements(0, 1, 3, 8, 20) select (Command)new KillDuring(request, ms))
    );

    // A full group with a line is where most of the rules are.
    private static readonly Gen<Command[]> Beginning = Gen.Elements<Command[]>(
        [],
        [new Reserve(0, 0), new Reserve(1, 0), new Reserve(2, 0)],
        [new Reserve(3, 0), new Reserve(2, 1), new Reserve(1, 0), new Reserve(2, 0)],
        [new Reserve(0, 2), new Intake(0), new Settle(0, true, true), new Reserve(1, 2), new Reserve(1, 0)]
    );

    /// <summary>Shrinks by leaving commands out: halves first, then one by one.</summary>
    public static Arbitrary<Script> Arbitrary(int atMost) =>
        Arb.From(
            from beginning in Beginning
            from length in Gen.Choose(atMost / 2, atMost)
            from commands in Any.ArrayOf(length)
            select new Script([.. beginning, .. commands]),
            script => script.Shorter()
        );

    private IEnumerable<Script> Shorter()
    {
        for (var size = Commands.Count / 2; size >= 1; size /= 2)
        {
            for (var from = 0; from < Commands.Count; from += size)
            {
                yield return new Script([.. Commands.Where((_, i) => i < from || i >= from + size)]);
            }
        }
    }
}
