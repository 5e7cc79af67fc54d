using System.Reflection;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class AttendanceRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly Expected Maya = new(Guid.CreateVersion7(), Guid.CreateVersion7(), false);
    private static readonly Held Usual = new(Start, At(60), Start, At(60));

    [Fact]
    public void Segments_add_up_to_whole_minutes_of_the_live_time()
    {
        var record = AttendanceRules.Of(Maya, Moves((-5, true), (20, false), (30, true), (59.5, false)), [], Usual, At(60));
        Assert.Equal(("present", 49, false, false), (record.Status, record.Minutes, record.Late, record.LeftEarly));
        Assert.Equal([At(-5), At(30)], record.Segments.Select(s => s.JoinedAt));
    }

    [Fact]
    public void Coming_twice_without_going_is_one_segment_and_the_end_closes_it()
    {
        var record = AttendanceRules.Of(Maya, Moves((1, true), (5, true)), [], Usual, At(90));
        Assert.Equal((1, 59, At(60)), (record.Segments.Count, record.Minutes, record.Segments[0].LeftAt));
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(5.1, true)]
    public void Late_is_more_than_five_minutes_after_the_start(double joined, bool late) =>
        Assert.Equal(late, AttendanceRules.Of(Maya, Moves((joined, true)), [], Usual, At(60)).Late);

    [Fact]
    public void A_session_that_opened_late_makes_no_member_late()
    {
        Assert.False(AttendanceRules.Of(Maya, Moves((14, true)), [], Usual with { OpenedAt = At(10) }, At(60)).Late);
        Assert.True(AttendanceRules.Of(Maya, Moves((6, true)), [], Usual with { OpenedAt = At(-2) }, At(60)).Late);
    }

    [Theory]
    [InlineData(-10, 20, false)]
    [InlineData(5, 20, false)]
    [InlineData(6, 20, true)]
    [InlineData(20, 20, true)]
    public void A_member_who_waited_without_a_break_arrived_when_that_wait_began(double waited, double joined, bool late) =>
        Assert.Equal(late, Of(Moves((joined, true)), Moves((waited, true), (joined, false))).Late);

    [Fact]
    public void A_member_who_knocked_early_and_came_back_late_is_late()
    {
        Assert.True(Of(Moves((20, true)), Moves((-10, true), (-8, false), (18, true), (20, false))).Late);
        Assert.True(Of(Moves((20, true)), Moves((-10, true), (-8, false))).Late);
        // Told again what is true now: no new wait.
        Assert.False(Of(Moves((20, true)), Moves((-10, true), (0, true), (20, false))).Late);
    }

    [Fact]
    public void A_member_who_waited_in_vain_while_the_session_ran_is_excused_and_one_who_left_before_it_opened_is_not()
    {
        Assert.Equal("excused", Of([], Moves((-3, true))).Status);
        Assert.Equal("excused", Of([], Moves((-3, true), (2, false))).Status);
        Assert.Equal("no_show", Of([], Moves((-10, true), (-3, false))).Status);
        Assert.Equal("excused", Of([], Moves((-10, true), (-3, false), (30, true))).Status);
    }

    [Fact]
    public void A_session_that_was_cancelled_or_never_opened_excuses_all_who_were_not_in_it()
    {
        foreach (var held in new[]
        {
            Usual with { Cancelled = true }, Usual with { OpenedAt = null }, Usual with { Cancelled = true, OpenedAt = null, EndedAt = null },
        })
        {
            Assert.Equal("excused", Of([], [], held).Status);
            Assert.Equal("excused", Of([], Moves((-10, true), (-3, false)), held).Status);
            Assert.Equal("excused", AttendanceRules.Of(Maya with { RefusedForPlace = true }, [], [], held, At(60)).Status);
        }

        Assert.Equal("present", Of(Moves((0, true)), [], Usual with { Cancelled = true }).Status);
    }

    [Fact]
    public void While_a_session_runs_an_absent_member_is_expected_or_waits()
    {
        var running = Usual with { EndedAt = null };
        Assert.Equal("expected", Of([], [], running).Status);
        Assert.Equal("waiting", Of([], Moves((-3, true)), running).Status);
        Assert.Equal("expected", Of([], Moves((-3, true), (-1, false)), running).Status);
        Assert.Equal("present", Of(Moves((0, true), (3, false)), [], running).Status);
    }

    [Theory]
    [InlineData(54, true)]
    [InlineData(55, false)]
    public void Leaving_early_is_more_than_five_minutes_before_the_end(double left, bool early) =>
        Assert.Equal(early, AttendanceRules.Of(Maya, Moves((0, true), (left, false)), [], Usual, At(60)).LeftEarly);

    [Fact]
    public void A_member_in_a_running_session_has_not_left_early()
    {
        var record = AttendanceRules.Of(Maya, Moves((0, true)), [], Usual with { EndedAt = null }, At(12.9));
        Assert.Equal((12, false, null), (record.Minutes, record.LeftEarly, record.Segments[0].LeftAt));
    }

    [Fact]
    public void A_member_who_never_came_is_a_no_show_or_was_refused_for_the_location()
    {
        Assert.Equal("no_show", AttendanceRules.Of(Maya, [], [], Usual, At(60)).Status);
        Assert.Equal("refused_for_place", AttendanceRules.Of(Maya with { RefusedForPlace = true }, [], [], Usual, At(60)).Status);
        Assert.Equal("present", AttendanceRules.Of(Maya with { RefusedForPlace = true }, Moves((0, true)), [], Usual, At(60)).Status);
        Assert.Equal(0, AttendanceRules.Of(Maya, Moves((0, true)), [], Usual with { OpenedAt = null }, At(60)).Minutes);
        Assert.Equal("excused", AttendanceRules.Of(Maya, [], [], Usual with { OpenedAt = null }, At(60)).Status);
    }

    private static Contracts.Room.V1.AttendanceRecord Of(List<Movement> log, List<Movement> waits, Held? held = null) =>
        AttendanceRules.Of(Maya, log, waits, held ?? Usual, At(60));

    private static DateTimeOffset At(double minutes) => Start.AddMinutes(minutes);

    private static List<Movement> Moves(params (double Minute, bool Came)[] moves) =>
        [.. moves.Select(m => new Movement(Maya.ParticipantId, m.Came, At(m.Minute))), new Movement(Guid.CreateVersion7(), true, At(0))];
}

public sealed class JoinRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly PermitChanged Permit = new(
        Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, Guid.Empty, 1, false, Now, 1, "", "e",
        [new("ROUTE_LICENCE", "r", "In {place}.", ""), new("LOCATION_UNKNOWN", "r", "Where?", "")],
        [new("US-FL", "Florida", "allow", [0], [], [], Now.AddHours(1)), new("UNKNOWN", "nowhere", "deny", [1], [], [], null)]);

    [Fact]
    public void The_row_of_the_place_is_the_answer_in_words()
    {
        var answer = Decide("US-FL");
        Assert.Equal(("allow", "join", Now, Now.AddHours(1)), (answer.Outcome, answer.Point, answer.AttestedAt, answer.Until));
        Assert.Equal("In Florida.", Assert.Single(answer.Reasons).Text);
    }

    [Fact]
    public void A_row_must_not_be_used_from_its_instant_on()
    {
        Assert.Equal("allow", Decide("US-FL", at: Now.AddHours(1).AddTicks(-1)).Outcome);
        Assert.Equal("hold", Decide("US-FL", at: Now.AddHours(1)).Outcome);
        Assert.Equal("RECHECK_EXPIRED_MID_SESSION", Decide("US-FL", lastPresent: Now, at: Now.AddHours(1)).Reasons[0].Code);
        Assert.Equal("DEGRADED_LAST_DECISION", Decide("US-FL", at: Now.AddHours(1)).Reasons[0].Code);
    }

    [Fact]
    public void Without_a_place_the_earlier_one_counts_for_ten_minutes_after_being_present()
    {
        var earlier = new AttestedLocation("US-FL", Now.AddMinutes(-20));
        Assert.Equal(["ROUTE_LICENCE", "REJOIN_WITHIN_GRACE"], Decide(null, earlier, Now.AddMinutes(-10)).Reasons.Select(r => r.Code));
        Assert.Equal(["ROUTE_LICENCE"], Decide(null, earlier with { AttestedAt = Now.AddMinutes(-15) }, Now).Reasons.Select(r => r.Code));
        Assert.Equal(("deny", "UNKNOWN"), Decide(null, earlier, Now.AddMinutes(-11)) is var late ? (late.Outcome, late.Jurisdiction) : default);
        Assert.Equal("deny", Decide(null, null, Now).Outcome);
        Assert.Equal("deny", Decide(null, earlier, null).Outcome);
    }

    [Fact]
    public void A_missing_row_never_lets_in()
    {
        Assert.Equal("deny", JoinRules.Decide(Permit with { Places = [] }, "UNKNOWN", null, null, Now, TimeSpan.Zero, TimeSpan.Zero).Outcome);
        Assert.False(JoinRules.Knows(Permit, "US-GA"));
        Assert.True(JoinRules.Knows(Permit, "FOREIGN"));
    }

    [Theory]
    [InlineData("US-FL", true)]
    [InlineData("FOREIGN", true)]
    [InlineData("UNKNOWN", true)]
    [InlineData("us-fl", false)]
    [InlineData("FL", false)]
    [InlineData("US-FLA", false)]
    [InlineData("CA-ON", false)]
    [InlineData("", false)]
    public void Places_are_spelled_in_one_way(string text, bool place) => Assert.Equal(place, JoinRules.IsJurisdictionCode(text));

    [Theory]
    [InlineData(null, false)]
    [InlineData(-7, false)]
    [InlineData(0, false)]
    [InlineData(7, true)]
    public void A_member_begins_later_when_their_first_session_starts_after_this_one(int? days, bool later) =>
        Assert.Equal(later, JoinRules.BeginsLater(days is { } d ? Now.AddDays(d) : null, Now));

    private static LocationDecision Decide(string? said, AttestedLocation? earlier = null, DateTimeOffset? lastPresent = null, DateTimeOffset? at = null) =>
        JoinRules.Decide(Permit, said, earlier, lastPresent, at ?? Now, TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(10));
}

public sealed class CursorRulesTests
{
    private static readonly Guid Me = Guid.CreateVersion7();
    private static readonly string Own = Streams.Private(Me);
    private static readonly Dictionary<string, long> Heads = new() { ["room"] = 50, ["staff"] = 9, [Own] = 6, [Streams.Private(Guid.CreateVersion7())] = 3 };

    [Fact]
    public void Staff_read_everything_from_the_beginning()
    {
        var plan = CursorRules.Plan(Person(RoomRoles.Lead, Admissions.In), Heads, null);
        Assert.Equal(4, plan.Count);
        Assert.All(plan, s => Assert.Equal(0, s.After));
    }

    [Fact]
    public void Members_read_from_their_admission_and_waiting_participants_only_their_own_stream()
    {
        Assert.Equal([new StreamStart(Own, 2, 6, false), new StreamStart("room", 40, 50, false)],
            CursorRules.Plan(Person(RoomRoles.Member, Admissions.In), Heads, null));
        Assert.Equal([new StreamStart(Own, 0, 6, false)],
            CursorRules.Plan(Person(RoomRoles.Member, Admissions.Waiting), Heads, new Dictionary<string, long> { ["room"] = 45, ["staff"] = 1 }));
    }

    [Theory]
    [InlineData(45, 45, false)]
    [InlineData(50, 50, false)]
    [InlineData(51, 40, true)]
    [InlineData(3, 40, false)]
    public void A_cursor_counts_between_the_admission_and_the_end(long said, long from, bool reset)
    {
        var room = CursorRules.Plan(Person(RoomRoles.Member, Admissions.In), Heads, new Dictionary<string, long> { ["room"] = said })[1];
        Assert.Equal((from, reset), (room.After, room.Reset));
    }

    private static Participant Person(string role, string admission) =>
        new(Me, Guid.CreateVersion7(), role, "A", admission, true, 40, 2);
}

public sealed class AccessRulesTests
{
    private static readonly AccessFacts Fine = new(RoomRoles.Member, Admissions.In, Phases.Live, true, false, true, true, true);

    [Fact]
    public void Whatever_is_not_true_any_more_refuses()
    {
        Assert.Null(AccessRules.Refuse(Fine, RoomAct.Post));
        Assert.Equal("removed", AccessRules.Refuse(Fine with { Admission = Admissions.Removed, Connected = false }, RoomAct.Post)?.Code);
        Assert.Equal("not-admitted", AccessRules.Refuse(Fine with { Connected = false }, RoomAct.Post)?.Code);
        foreach (var act in new[] { RoomAct.Post, RoomAct.RequestHelp, RoomAct.Retract, RoomAct.Rename, RoomAct.Leave })
        {
            Assert.Null(AccessRules.Refuse(Fine with { Admission = Admissions.Waiting }, act));
        }

        Assert.Equal("not-admitted", AccessRules.Refuse(Fine with { Admission = Admissions.Waiting }, RoomAct.RaiseHand)?.Code);
        Assert.Equal("not-admitted", AccessRules.Refuse(Fine with { Admission = Admissions.None }, RoomAct.Post)?.Code);
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine with { SignInCounts = false }, RoomAct.Post)?.Code);
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine with { RoleCounts = false }, RoomAct.Post)?.Code);
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine with { PermitCounts = false }, RoomAct.RequestHelp)?.Code);
        Assert.Null(AccessRules.Refuse(Fine with { Closing = true, PermitCounts = false }, RoomAct.RequestHelp));
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine with { Closing = true }, RoomAct.Post)?.Code);
        Assert.Equal("not-open", AccessRules.Refuse(Fine with { Phase = Phases.Ended }, RoomAct.Post)?.Code);
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine with { Role = RoomRoles.Observer }, RoomAct.Post)?.Code);
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine, RoomAct.Remove)?.Code);
        Assert.Equal("not-allowed", AccessRules.Refuse(Fine with { Admission = Admissions.Waiting }, RoomAct.Admit)?.Code);
    }

    [Fact]
    public void The_grace_counts_from_the_last_sign_of_life()
    {
        var seen = new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
        var grace = TimeSpan.FromSeconds(20);
        Assert.False(PhaseRules.HoldIsDue(Phases.Live, seen, grace, seen.AddSeconds(19)));
        Assert.True(PhaseRules.HoldIsDue(Phases.Live, seen, grace, seen.AddSeconds(20)));
        Assert.False(PhaseRules.HoldIsDue(Phases.Held, seen, grace, seen.AddSeconds(60)));
    }

    [Fact]
    public void Neutral_names_are_unique()
    {
        Assert.Equal("Member 2", AliasRules.Neutral(["member 1", "Member 3"]));
        Assert.Equal("Sam", AliasRules.Distinct("Sam", ["Kim"]));
        Assert.Equal("Sam 3", AliasRules.Distinct("Sam", ["sam", "Sam 2"]));
        Assert.True(AliasRules.IsOfStaff("ben  ADEYEMI lcsw", ["Ana Ruiz", "Ben Adeyemi, LCSW"]));
        Assert.True(AliasRules.IsOfStaff("facilitator", []));
        Assert.False(AliasRules.IsOfStaff("Ben", ["Ben Adeyemi, LCSW"]));
        Assert.False(AliasRules.IsAlias("\u200b\u200b"));
        Assert.False(AliasRules.IsAlias("Ben\u202eAdeyemi"));
        Assert.Equal("Facilitator", AliasRules.Fitting(" \n "));
        Assert.False(AliasRules.IsAlias(new string('a', 41)));
        Assert.True(AliasRules.IsAlias(string.Concat(Enumerable.Repeat("😀", 40))));
    }

    [Theory]
    [InlineData("Robin", "Robin\u200d", "Robin 2")]
    [InlineData("Robin", "R\u043ebin", "R\u043ebin 2")]
    [InlineData("José", "Jose\u0301", "Jose\u0301 2")]
    [InlineData("Robin", " Robyn\u3164", "Robyn")]
    public void Two_people_in_a_room_never_look_the_same(string taken, string wish, string given) => Assert.Equal(given, AliasRules.Distinct(wish, [taken]));

    [Theory]
    [InlineData("Ana Ruiz", "Ana Rui\u0301z")]
    [InlineData("Ana Ruíz", "Ana Rui\u0301z")]
    [InlineData("Ana Ruiz", "\u0410n\u0430 Ruiz")]
    [InlineData("Ana Ruiz", "Ana\u200bRuiz")]
    [InlineData("Ana Ruiz", "A.n.a Ru1z")]
    public void An_alias_cannot_pass_for_a_facilitators_name(string lead, string wish) => Assert.True(AliasRules.IsOfStaff(wish, [lead]));

    [Theory]
    [InlineData("\u3164")]
    [InlineData("\u2800")]
    [InlineData("\u200d\u200d")]
    [InlineData("a\ud800")]
    [InlineData("a\ue000")]
    [InlineData("a\ufdd0")]
    public void An_alias_can_be_seen_and_read(string alias) => Assert.False(AliasRules.IsAlias(alias));

    [Fact]
    public void Text_is_counted_in_characters_that_people_would_count()
    {
        Assert.Null(MessageRules.RefuseText(string.Concat(Enumerable.Repeat("😀", 4000))));
        Assert.Equal("too-long", MessageRules.RefuseText(string.Concat(Enumerable.Repeat("😀", 4001)))?.Code);
        Assert.Equal("bad-request", MessageRules.RefuseText("\ud83d")?.Code);
        Assert.Equal("bad-request", MessageRules.RefuseReason("   ")?.Code);
        Assert.Equal("bad-request", MessageRules.RefuseReason("\u3164")?.Code);
        Assert.Equal("bad-request", MessageRules.RefuseReason("a\u202eb")?.Code);
        Assert.Null(MessageRules.RefuseReason("Two lines\nof it"));
    }

    /// <summary>Domain decides from state and clock readings that it is given. A type of an engine or a clock in any signature or field would be I/O.</summary>
    [Fact]
    public void Domain_touches_no_engine_and_no_clock()
    {
        string[] forbidden =
        [
            "Npgsql", "StackExchange", "Microsoft.AspNetCore", "Dapper", "GroupTherapy.Platform", "GroupTherapy.Room.Storage", "GroupTherapy.Room.Delivery",
            "System.IO", "System.Net",
        ];
        const BindingFlags All = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var domain = typeof(RoomApp).Assembly.GetTypes().Where(t => t.FullName!.StartsWith("GroupTherapy.Room.Domain.", StringComparison.Ordinal)).ToList();
        Assert.True(domain.Count > 60);
        foreach (var type in domain)
        {
            var used = type.GetFields(All).Select(f => f.FieldType)
                .Concat(type.GetMethods(All).SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)
                    .Concat(m.GetMethodBody()?.LocalVariables.Select(v => v.LocalType) ?? [])))
                .SelectMany(t => t.IsGenericType ? t.GetGenericArguments().Append(t) : [t]);
            Assert.All(used, t => Assert.True(
                t != typeof(TimeProvider) && (t.Namespace == "GroupTherapy.Unicode"
                    || !forbidden.Any(f => t.FullName?.StartsWith(f, StringComparison.Ordinal) == true)), $"{type} uses {t}"));
        }
    }
}
