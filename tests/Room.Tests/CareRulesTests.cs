using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class ReactionRulesTests
{
    [Theory]
    [InlineData("👍")]
    [InlineData("❤️")]
    [InlineData("👩🏽‍❤️‍💋‍👨🏿")]
    [InlineData("👨‍👩‍👧‍👦")]
    [InlineData("🇺🇸")]
    [InlineData("🏴󠁧󠁢󠁥󠁮󠁧󠁿")]
    [InlineData("1️⃣")]
    [InlineData("☀")]
    [InlineData("‼️")]
    [InlineData("↔️")]
    [InlineData("ℹ️")]
    [InlineData("©️")]
    [InlineData("🫩")]
    [InlineData("🐦‍🔥")]
    [InlineData("👍\ufe0f")]
    [InlineData("#️⃣")]
    public void One_emoji_is_a_reaction(string emoji) => Assert.True(ReactionRules.IsEmoji(emoji));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a")]
    [InlineData("1")]
    [InlineData("é")]
    [InlineData("<")]
    [InlineData("👍👍")]
    [InlineData("👍a")]
    [InlineData("<img>")]
    [InlineData("\u202e")]
    [InlineData("\u200d")]
    [InlineData("\ufe0f")]
    [InlineData("\u0301")]
    [InlineData("\ud83d")]
    [InlineData("\u2800")]
    [InlineData("🇺")]
    [InlineData("🇺🇸🇺")]
    [InlineData("🇽🇽")]
    [InlineData("1\ufe0f")]
    [InlineData("👍\u200d👍")]
    [InlineData("━")]
    [InlineData("①")]
    public void Anything_else_is_none(string? text) => Assert.False(ReactionRules.IsEmoji(text));

    [Fact]
    public void H29_Ten_kilobytes_of_joined_emoji_are_no_reaction() =>
        Assert.False(ReactionRules.IsEmoji(string.Join('\u200d', Enumerable.Repeat("👩", 2500))));

    [Fact]
    public void Who_may_not_speak_may_not_react()
    {
        Assert.Null(ReactionRules.Refuse(false, false, Phases.Live));
        Assert.Equal("muted", ReactionRules.Refuse(false, true, Phases.Live)?.Code);
        Assert.Equal("room-held", ReactionRules.Refuse(false, false, Phases.Held)?.Code);
        Assert.Null(ReactionRules.Refuse(true, true, Phases.Held));
    }
}

public sealed class SlowModeRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_member_waits_between_two_messages_to_everybody_and_nobody_else_does()
    {
        Assert.Equal("slow-mode", MessageRules.RefuseSoon(false, Audience.Everyone, 30, Now.AddSeconds(-29.9), Now)?.Code);
        Assert.Null(MessageRules.RefuseSoon(false, Audience.Everyone, 30, Now.AddSeconds(-30), Now));
        Assert.Null(MessageRules.RefuseSoon(false, Audience.Everyone, 30, null, Now));
        Assert.Null(MessageRules.RefuseSoon(false, Audience.Everyone, 0, Now, Now));
        Assert.Null(MessageRules.RefuseSoon(false, Audience.Facilitators, 30, Now, Now));
        Assert.Null(MessageRules.RefuseSoon(true, Audience.Everyone, 30, Now, Now));
    }
}

public sealed class EligibilityRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Last = Now.AddHours(1);

    [Fact]
    public void An_end_in_the_session_is_announced_five_minutes_and_one_minute_before() =>
        Assert.Equal([new(5, Now.AddMinutes(25)), new(1, Now.AddMinutes(29))], EligibilityRules.Due(Now.AddMinutes(30), Last, null, null, Now));

    [Theory]
    [InlineData(61)]
    [InlineData(0)]
    [InlineData(-1)]
    public void An_end_after_the_session_or_behind_us_is_not(double minutes) =>
        Assert.Empty(EligibilityRules.Due(Now.AddMinutes(minutes), Last, null, null, Now));

    [Fact]
    public void No_end_is_not_announced() => Assert.Empty(EligibilityRules.Due(null, Last, null, null, Now));

    [Fact]
    public void A_moment_that_has_passed_is_made_up_for_once()
    {
        var end = Now.AddMinutes(3);
        Assert.Equal([new(5, Now), new(1, Now.AddMinutes(2))], EligibilityRules.Due(end, Last, null, null, Now));
        Assert.Equal([new(1, Now.AddMinutes(2))], EligibilityRules.Due(end, Last, end, 5, Now));
        Assert.Equal([new(1, Now)], EligibilityRules.Due(Now.AddSeconds(30), Last, null, null, Now));
        Assert.Empty(EligibilityRules.Due(Now.AddSeconds(30), Last, Now.AddSeconds(30), 1, Now));
    }

    [Fact]
    public void Another_end_is_announced_anew() =>
        Assert.Equal([new(5, Now), new(1, Now.AddMinutes(2))], EligibilityRules.Due(Now.AddMinutes(3), Last, Now.AddMinutes(4), 1, Now));
}
