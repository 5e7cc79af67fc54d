using GroupTherapy.Platform.Messaging;
using Step = GroupTherapy.Platform.Messaging.BusPatience.Step;

namespace GroupTherapy.Platform.Tests.Messaging;

/// <summary>When a bus that is not whole is started again, and when it is given up.</summary>
public sealed class BusPatienceTests
{
    private readonly BusPatience _patience = new();

    [Fact]
    public void What_stopped_listening_while_the_broker_answers_is_started_again_and_waited_for_longer_each_time()
    {
        At(0, ready: 3);

        var restarts = Enumerable.Range(1, 130).Where(second => At(second, ready: 2) == Step.Restart).ToList();

        Assert.Equal([6, 17, 38, 79], restarts);
    }

    [Fact]
    public void While_the_broker_is_away_nothing_is_the_fault_of_the_bus()
    {
        At(0, ready: 3);
        Assert.All(Enumerable.Range(1, 3600), second => Assert.Equal(Step.Wait, At(second, ready: 0, answers: false)));
        Assert.Equal(Step.Wait, At(3601, ready: 0));
        Assert.Equal(Step.Restart, At(3606, ready: 0));
    }

    [Fact]
    public void Endpoints_that_come_back_one_by_one_are_left_alone()
    {
        At(0, ready: 3);
        Assert.Equal([Step.Wait, Step.Wait, Step.Wait, Step.Wait], [At(1, 0), At(5, 1), At(9, 2), At(13, 3)]);
    }

    [Fact]
    public void A_bus_that_was_never_whole_yet_is_given_half_a_minute()
    {
        Assert.All(Enumerable.Range(0, 30), second => Assert.Equal(Step.Wait, At(second, ready: 0)));
        Assert.Equal(Step.Restart, At(30, ready: 0));
    }

    [Fact]
    public void What_no_start_brings_back_in_five_minutes_is_given_up()
    {
        At(0, ready: 3);
        Assert.DoesNotContain(Step.GiveUp, Enumerable.Range(1, 300).Select(second => At(second, ready: 2)));
        Assert.Equal(Step.GiveUp, At(301, ready: 2));
    }

    [Theory]
    [InlineData("rabbitmq://127.0.0.1:5672/room.plan-room-when-session-scheduled", true)]
    [InlineData("rabbitmq://127.0.0.1:5672/gateway.session-revoked-at-gateway--1?temporary=true", false)]
    [InlineData("rabbitmq://127.0.0.1:5672/machine_GroupTherapyRoom_bus_x?temporary=true", false)]
    public void Only_queues_that_outlive_the_process_are_asked_for_at_the_broker(string address, bool asked) => Assert.Equal(asked, BusWatch.IsKept(new Uri(address)));

    private Step At(int second, int ready, bool answers = true) => _patience.Look(ready, 3, answers, TimeSpan.FromSeconds(second));
}
