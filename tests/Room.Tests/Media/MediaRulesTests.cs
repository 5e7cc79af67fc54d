using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>The rights to send and receive media, as a table and for any state.</summary>
public sealed class MediaRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Me = Guid.Parse("01a00000-0000-7000-8000-000000000001");
    private static readonly Guid Other = Guid.Parse("01a00000-0000-7000-8000-000000000002");

    [Theory]
    // A member in a live room.
    [InlineData("member", "in", true, "live", "", "optional", "", true, true, true)]
    [InlineData("member", "in", true, "live", "", "off", "", true, true, false)]
    [InlineData("member", "in", true, "live", "audio", "optional", "", true, false, true)]
    [InlineData("member", "in", true, "live", "video", "expected", "", true, true, false)]
    [InlineData("member", "in", true, "live", "chat", "optional", "", true, true, true)]
    [InlineData("member", "in", true, "live", "", "optional", "me", true, true, true)]
    [InlineData("member", "in", true, "live", "", "optional", "other", true, false, true)]
    [InlineData("member", "in", true, "live", "audio", "optional", "me", true, false, true)]
    // A participant outside an opened room has nothing.
    [InlineData("member", "in", true, "lobby", "", "optional", "", false, false, false)]
    [InlineData("member", "in", true, "ended", "", "optional", "", false, false, false)]
    [InlineData("member", "in", false, "live", "", "optional", "", false, false, false)]
    [InlineData("member", "waiting", true, "live", "", "optional", "", false, false, false)]
    [InlineData("member", "removed", true, "live", "", "optional", "", false, false, false)]
    [InlineData("member", "none", true, "live", "", "optional", "", false, false, false)]
    [InlineData("lead", "in", true, "lobby", "", "optional", "", false, false, false)]
    // A held room is silent and dark but for staff.
    [InlineData("member", "in", true, "held", "", "optional", "", true, false, false)]
    [InlineData("member", "in", true, "held", "", "optional", "me", true, false, false)]
    [InlineData("lead", "in", true, "held", "", "optional", "", true, true, true)]
    // Staff may speak during any turn; an observer only listens.
    [InlineData("lead", "in", true, "live", "", "optional", "other", true, true, true)]
    [InlineData("co_facilitator", "in", true, "live", "", "off", "", true, true, false)]
    [InlineData("observer", "in", true, "live", "", "optional", "", true, false, false)]
    public void The_state_says_what_a_participant_may_send_and_receive(
        string role,
        string admission,
        bool present,
        string phase,
        string muted,
        string camera,
        string turn,
        bool connects,
        bool heard,
        bool seen
    )
    {
        var who = Person(Me, role) with
        {
            Admission = admission,
            Present = present,
            AudioMuted = muted == "audio",
            VideoMuted = muted == "video",
            ChatMuted = muted == "chat",
        };
        Guid? speaker = turn switch
        {
            "me" => Me,
            "other" => Other,
            _ => null,
        };

        Assert.Equal(new MediaRights(connects, heard, seen), MediaRules.Of(Room(phase, camera, speaker, who), who, Now));
    }

    [Fact]
    public void Without_a_permit_for_where_they_are_a_member_has_no_media_unless_in_a_crisis()
    {
        var lost = Person(Me, RoomRoles.Member) with { PermitLost = true };
        var ended = Person(Me, RoomRoles.Member) with { PermitUntil = Now };

        Assert.False(MediaRules.Of(Room("live", "optional", null, lost), lost, Now).Connects);
        Assert.False(MediaRules.Of(Room("live", "optional", null, ended), ended, Now).Connects);
        Assert.True(MediaRules.Of(Room("live", "optional", null, lost with { Crisis = true }), lost with { Crisis = true }, Now).Connects);
    }

    [Fact]
    public void A_facilitator_who_no_longer_leads_the_session_has_no_media()
    {
        var lead = Person(Me, RoomRoles.Lead);
        var room = Room("live", "optional", null, lead);

        Assert.True(MediaRules.Of(room, lead, Now).Audio);
        Assert.False(MediaRules.Of(room with { Staff = ImmutableDictionary<Guid, string>.Empty }, lead, Now).Connects);
        Assert.False(MediaRules.Of(room with { AccountRoles = ImmutableDictionary<Guid, string[]>.Empty.Add(lead.AccountId, ["member"]) }, lead, Now).Connects);
    }

    [Fact]
    public void In_any_state_only_admitted_participants_are_heard_or_seen()
    {
        var states =
            from phase in Gen.Elements("scheduled", "lobby", "live", "held", "ended")
            from camera in Gen.Elements("optional", "expected", "off")
            from speaker in Gen.Elements<Guid?>(null, Me, Other)
            from people in Gen.ListOf(AnyPerson, 4)
            select Room(phase, camera, speaker, [.. people.DistinctBy(p => p.ParticipantId)]);
        Prop.ForAll(
                states.ToArbitrary(),
                room =>
                {
                    var plan = MediaRules.Plan(room, Now);
                    Assert.Equal(room.Session.Phase is "live" or "held", plan.IsOpen);
                    foreach (var who in room.Participants.Values)
                    {
                        var rights = plan.Of(who.ParticipantId);
                        Assert.True(!rights.Connects || (plan.IsOpen && who is { IsIn: true, Present: true } && who.IsCovered(Now)));
                        Assert.True(rights.Connects || !(rights.Audio || rights.Video));
                        Assert.False(rights.Video && room.Session.Camera == "off");
                        if (who.Role == RoomRoles.Member)
                        {
                            Assert.False((rights.Audio || rights.Video) && room.Session.Phase == "held");
                            Assert.False(rights.Audio && (who.AudioMuted || (room.Session.SpeakerId is { } turn && turn != who.ParticipantId)));
                            Assert.False(rights.Video && who.VideoMuted);
                        }
                    }
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static Gen<Participant> AnyPerson =>
        from id in Gen.Elements(Me, Other, Guid.Parse("01a00000-0000-7000-8000-000000000003"))
        from role in Gen.Elements(RoomRoles.Lead, RoomRoles.CoFacilitator, RoomRoles.Observer, RoomRoles.Member)
        from admission in Gen.Elements(Admissions.None, Admissions.Waiting, Admissions.In, Admissions.Removed)
        from flags in Gen.ArrayOf(Gen.Elements(true, false), 5)
        select Person(id, role) with
        {
            Admission = admission,
            Present = flags[0],
            AudioMuted = flags[1],
            VideoMuted = flags[2],
            PermitLost = flags[3],
            Crisis = flags[4],
        };

    private static Participant Person(Guid id, string role) => new(id, id, role, "Alias", Admissions.In, true);

    private static RoomState Room(string phase, string camera, Guid? speaker, params Participant[] people) =>
        new(
            new SessionState(
                Guid.Empty,
                Guid.Empty,
                "grouport",
                Now,
                Now.AddHours(1),
                10,
                30,
                true,
                false,
                1,
                phase,
                1,
                false,
                0,
                speaker,
                Now,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                1,
                Camera: camera
            ),
            RoomTimes.Default
        )
        {
            Participants = people.ToImmutableSortedDictionary(p => p.ParticipantId, p => p),
            Staff = people.Where(p => p.IsFacilitator).ToImmutableDictionary(p => p.AccountId, _ => RoomRoles.Lead),
        };
}
