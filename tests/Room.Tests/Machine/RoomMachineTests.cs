using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace GroupTherapy.Room.Tests.Machine;

/// <summary>The rules of a room against its invariants, over many scripts of commands, clock moves, replays and kills.</summary>
public sealed class RoomMachineTests
{
    private const int Runs = 300;

    [Fact]
    public void Whatever_happens_to_a_room_its_invariants_hold() =>
        Prop.ForAll(Script.Scripts, script => RoomMachine.Violation(script) is { } violation ? false.Label(violation) : true.Label("")).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs).WithQuietOnSuccess(true));

    [Theory]
    [InlineData("LosesAnEvent", "I1")]
    [InlineData("ForgetsParticipants", "participants were not saved")]
    [InlineData("NeverChecksStaff", "I7")]
    [InlineData("LetsTheRemovedIn", "I4")]
    [InlineData("IgnoresPermits", "I3")]
    [InlineData("LeaksToOthers", "")]
    public void A_fault_that_is_built_in_is_found(string fault, string invariant)
    {
        var found = Script.Scripts.Generator.Sample(60, Runs).Select(script => RoomMachine.Violation(script, Enum.Parse<Fault>(fault))).Where(v => v is not null).ToList();
        Assert.Contains(found, v => v!.Contains(invariant, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_state_command_and_instant_give_the_same_decision() => Prop.ForAll(
        Script.Scripts, script => RoomMachine.Violation(script) == RoomMachine.Violation(script)).Check(Config.QuickThrowOnFailure.WithMaxTest(30).WithQuietOnSuccess(true));
}
