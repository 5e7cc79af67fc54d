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
        Prop.ForAll(Script.Scripts, script => RoomMachine.Violation(script) is { } violation ? false.Label(violation) : true.Label(""))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Runs).WithQuietOnSuccess(true));

    [Theory]
    [InlineData("LosesAnEvent", "disagree")]
    [InlineData("ForgetsParticipants", "participants were not saved")]
    [InlineData("NeverChecksStaff", "I7")]
    [InlineData("LetsTheRemovedIn", "I4")]
    [InlineData("IgnoresPermits", "I3")]
    [InlineData("LeaksToOthers", "I")]
    [InlineData("WritesAfterItsLease", "I8")]
    public void A_fault_that_is_built_in_is_found(string name, string invariant)
    {
        var fault = Enum.Parse<Fault>(name);
        Step[] steps = fault switch
        {
            Fault.ForgetsParticipants => [new ModerateStep(0, Moderate.Remove, 2)],
            Fault.NeverChecksStaff => [new SilenceStep(true), new TickStep(61)],
            Fault.LetsTheRemovedIn => [new ModerateStep(0, Moderate.Remove, 2), new ModerateStep(0, Moderate.AdmitAll, 2)],
            Fault.IgnoresPermits => [new PermitStep(2, "allow", false, 1, false), new TickStep(61)],
            Fault.WritesAfterItsLease => [new LeaseStep(true), new PostStep(2, 1, 0)],
            Fault.LeaksToOthers => [new PostStep(2, 1, 1)],
            // The event after the lost one shows the gap.
            _ => [new PostStep(0, 1, 0)],
        };
        var script = new Script([.. Script.Live, .. steps]);
        Assert.Null(RoomMachine.Violation(script));
        Assert.Contains(invariant, RoomMachine.Violation(script, fault), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_state_command_and_instant_give_the_same_decision() =>
        Prop.ForAll(Script.Scripts, script => RoomMachine.Violation(script) == RoomMachine.Violation(script))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(30).WithQuietOnSuccess(true));
}
