using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>Pictures give way to sound on a thin line, and come back.</summary>
public sealed class PictureRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 3, 19, 0, 0, TimeSpan.Zero);

    [Fact]
    public void One_bad_second_changes_nothing()
    {
        Assert.Equal(PictureSize.Full, After(lossesAt: [0, 0.1, 0.2, 0.5]).Most);
        Assert.Equal(PictureSize.Full, After(lossesAt: [0, 6, 12]).Most);
    }

    [Fact]
    public void A_line_that_goes_on_losing_gets_small_pictures_and_then_none()
    {
        Assert.Equal(PictureSize.Small, After(lossesAt: [0, 1]).Most);
        // What was under way when they became small does not count.
        Assert.Equal(PictureSize.Small, After(lossesAt: [0, 1, 2, 2.9]).Most);
        Assert.Equal(PictureSize.Paused, After(lossesAt: [0, 1, 3.1, 4.1]).Most);
        Assert.Equal(PictureSize.Paused, After(lossesAt: [0, 1, 3.1, 4.1, 6.5, 7.5, 9]).Most);
    }

    [Fact]
    public void Pictures_come_back_small_and_then_full_when_the_connection_is_quiet()
    {
        var paused = After(lossesAt: [0, 1, 3.1, 4.1]);

        Assert.Equal(PictureSize.Paused, At(paused, 14).Most);
        var small = At(paused, 14.2);
        Assert.Equal(PictureSize.Small, small.Most);
        Assert.Equal(PictureSize.Small, At(small, 29).Most);
        Assert.Equal(PictureSize.Full, At(small, 29.3).Most);
    }

    [Fact]
    public void A_connection_that_fails_again_at_once_waits_longer_before_the_next_try()
    {
        var again = After(lossesAt: [17, 18], from: At(After(lossesAt: [0, 1, 3.1, 4.1]), 14.2));

        Assert.Equal(PictureSize.Paused, again.Most);
        Assert.Equal(PictureSize.Paused, At(again, 37).Most);
        Assert.Equal(PictureSize.Small, At(again, 38.1).Most);
    }

    [Fact]
    public void While_sound_is_lost_too_pictures_stay_away()
    {
        var losing = After(lossesAt: [0, 1, 3.1, 4.1, 9, 13]);

        Assert.Equal(PictureSize.Paused, At(losing, 22).Most);
        Assert.Equal(PictureSize.Small, At(losing, 23.1).Most);
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 5, false)]
    [InlineData(2, 5, true)]
    [InlineData(0, 5, false)]
    public void Packets_of_one_sender_among_several_tell_of_that_senders_connection(int lossy, int senders, bool isOwn)
    {
        var now = Start.AddSeconds(60);
        var lost = Enumerable.Range(0, lossy).ToDictionary(_ => Guid.CreateVersion7(), _ => now.AddSeconds(-1));
        lost[Guid.CreateVersion7()] = now.AddSeconds(-10);

        Assert.Equal(isOwn, PictureRules.IsOwnLine(lost, senders, now));
    }

    private static PictureState After(double[] lossesAt, PictureState? from = null) =>
        lossesAt.Aggregate(from ?? PictureState.Begun, (state, at) => PictureRules.Lost(state, Start.AddSeconds(at)));

    private static PictureState At(PictureState state, double seconds) => PictureRules.Later(state, Start.AddSeconds(seconds));
}
