using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Platform.Tests.Messaging;

/// <summary>When a bus that is not whole is given up.</summary>
public sealed class BusPatienceTests
{
    private readonly BusPatience _patience = new();

    [Fact]
    public void What_does_not_come_back_for_ninety_seconds_while_the_broker_answers_is_lost()
    {
        At(0, ready: 3);
        Assert.DoesNotContain(true, Enumerable.Range(1, 90).Select(second => At(second, ready: 2)));
        Assert.True(At(91, ready: 2));
    }

    [Fact]
    public void While_the_broker_is_away_nothing_is_the_fault_of_the_bus()
    {
        At(0, ready: 3);
        Assert.DoesNotContain(true, Enumerable.Range(1, 3600).Select(second => At(second, ready: 0, answers: false)));
        Assert.False(At(3601, ready: 0));
        Assert.True(At(3691, ready: 0));
    }

    [Fact]
    public void Endpoints_that_come_back_one_by_one_are_waited_for()
    {
        At(0, ready: 3);
        Assert.DoesNotContain(true, new[] { At(1, 0), At(80, 1), At(160, 2), At(240, 2), At(245, 3) });
    }

    [Fact]
    public void A_bus_that_was_never_whole_yet_is_given_five_minutes()
    {
        Assert.DoesNotContain(true, Enumerable.Range(0, 300).Select(second => At(second, ready: 0)));
        Assert.True(At(300, ready: 0));
    }

    [Theory]
    [InlineData("rabbitmq://127.0.0.1:5672/room.plan-room-when-session-scheduled", true)]
    [InlineData("rabbitmq://127.0.0.1:5672/gateway.session-revoked-at-gateway--1?temporary=true", false)]
    [InlineData("rabbitmq://127.0.0.1:5672/machine_GroupTherapyRoom_bus_x?temporary=true", false)]
    public void Only_queues_that_outlive_the_process_are_asked_for_at_the_broker(string address, bool asked) => Assert.Equal(asked, BusWatch.IsKept(new Uri(address)));

    private bool At(int second, int ready, bool answers = true) => _patience.IsOver(ready, 3, answers, TimeSpan.FromSeconds(second));
}
