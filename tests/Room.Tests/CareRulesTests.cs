using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class ExtensionRulesTests
{
    private static readonly DateTimeOffset End = new(2026, 11, 24, 1, 0, 0, TimeSpan.Zero);
    private static readonly Participant Lead = new(Guid.CreateVersion7(), Guid.CreateVersion7(), RoomRoles.Lead, "Lead", Admissions.In, true);
    private static readonly Participant Member = new(Guid.CreateVersion7(), Guid.CreateVersion7(), RoomRoles.Member, "Member", Admissions.In, true);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    [InlineData(int.MaxValue, false)]
    [InlineData(int.MinValue, false)]
    public void A_session_is_extended_by_1_to_30_minutes(int minutes, bool may) => Assert.Equal(may, ExtensionRules.RefuseMinutes(minutes) is null);

    [Theory]
    [InlineData(null, true)]
    [InlineData(0, true)]
    [InlineData(-1, false)]
    public void The_permits_of_members_in_the_room_reach_the_new_end(int? minutes, bool may)
    {
        DateTimeOffset? until = minutes is { } m ? End.AddMinutes(m) : null;
        Assert.Equal(may, Refuse(Member with { PermitUntil = until }) is null);
        // In an open crisis no member is sent away for licensing, so nothing ends before that.
        Assert.Null(Refuse(Member with { PermitUntil = until, Crisis = true }));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, false)]
    public void A_facilitator_in_the_room_has_no_other_session_before_the_new_end(int minutes, bool may)
    {
        var next = new Dictionary<Guid, DateTimeOffset> { [Lead.AccountId] = End.AddMinutes(minutes), [Guid.CreateVersion7()] = End.AddHours(-1) };
        Assert.Equal(may, ExtensionRules.Refuse(End, End, [Lead, Member], next) is null);
        Assert.Null(ExtensionRules.Refuse(End, End, [Member], next));
    }

    [Theory]
    [InlineData(Phases.Lobby, 16, true)]
    [InlineData(Phases.Lobby, 15, false)]
    [InlineData(Phases.Live, 600, false)]
    [InlineData(Phases.Held, 600, false)]
    [InlineData(Phases.Scheduled, 600, false)]
    [InlineData(Phases.Ended, 600, false)]
    public void A_lobby_closes_again_when_its_session_moved_out_of_its_reach_and_a_room_that_was_opened_never_does(string phase, int minutes, bool closes) =>
        Assert.Equal(closes, PhaseRules.LobbyClosesAgain(phase, End.AddMinutes(minutes), TimeSpan.FromMinutes(15), End));

    [Theory]
    [InlineData(null, null, null, "audio video chat")]
    [InlineData(true, null, null, "audio")]
    [InlineData(false, null, null, "")]
    [InlineData(false, true, null, "video")]
    [InlineData(false, false, false, "")]
    [InlineData(true, true, true, "audio video chat")]
    public void No_flag_means_all_three_and_false_means_untouched(bool? audio, bool? video, bool? chat, string parts)
    {
        var muted = MutedParts.Of(audio, video, chat);
        Assert.Equal(parts, string.Join(' ', new[] { muted.Audio ? "audio" : "", muted.Video ? "video" : "", muted.Chat ? "chat" : "" }.Where(p => p != "")));
        // What is blocked already does not change.
        Assert.True(muted.Changing(Member with { AudioMuted = true, VideoMuted = true, ChatMuted = true }, blocks: true).IsNothing);
        Assert.Equal(muted, muted.Changing(Member, blocks: true));
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public void A_session_ends_at_most_an_hour_after_its_planned_end_however_often_it_is_extended(int minutes, bool may) =>
        Assert.Equal(may, ExtensionRules.Refuse(End.AddMinutes(minutes), End, [Lead, Member], new Dictionary<Guid, DateTimeOffset>()) is null);

    private static Refusal? Refuse(Participant member) => ExtensionRules.Refuse(End, End, [Lead, member], new Dictionary<Guid, DateTimeOffset>());
}

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
    [InlineData("\U0001F3FB")]
    [InlineData("\U0001F3FF")]
    [InlineData("\U0001F9B0")]
    [InlineData("\U0001F9B3")]
    public void Anything_else_is_none(string? text) => Assert.False(ReactionRules.IsEmoji(text));

    [Fact]
    public void H29_Ten_kilobytes_of_joined_emoji_are_no_reaction() =>
        Assert.False(ReactionRules.IsEmoji(string.Join('\u200d', Enumerable.Repeat("👩", 2500))));

    [Fact]
    public void A_member_who_may_not_post_may_not_react()
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
    public void Slow_mode_holds_back_members_messages_to_everyone_alone()
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
