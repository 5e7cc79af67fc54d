using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Domain;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class GroupRulesTests
{
    private static readonly DateTimeOffset Now = SchedulingWorld.Start;

    private static readonly OpenGroupRequest Valid = new()
    {
        Practice = "grouport",
        Name = "Calmer Evenings",
        Topic = "anxiety",
        ServiceClass = "psychotherapy_group",
        Capacity = 10,
        FacilitatorId = Guid.CreateVersion7(),
        Schedule = new ScheduleRequest
        {
            StartsOn = "2026-01-06",
            LocalTime = "19:00",
            TimeZone = "America/New_York",
            DurationMinutes = 60,
            Weeks = 8,
        },
    };

    public static TheoryData<string, OpenGroupRequest> OneFault =>
        new()
        {
            { "capacity", Valid with { Capacity = 0 } },
            { "capacity", Valid with { Capacity = 501 } },
            { "capacity", Valid with { Capacity = null } },
            { "minimumAge", Valid with { MinimumAge = -1 } },
            { "minimumAge", Valid with { MinimumAge = 121 } },
            { "topic", Valid with { Topic = "grief and loss" } },
            { "topic", Valid with { Topic = "-grief" } },
            { "topic", Valid with { Topic = "grief\n" } },
            { "topic", Valid with { Topic = null } },
            { "serviceClass", Valid with { ServiceClass = "massage" } },
            { "name", Valid with { Name = new string('x', 121) } },
            { "summary", Valid with { Summary = "a\u0000b" } },
            { "summary", Valid with { Summary = "\u202Eevil" } },
            { "program[0].guidance", Valid with { Program = [Week(1) with { Guidance = "a\0" }] } },
            { "program[0].homework", Valid with { Program = [Week(1) with { Homework = "\ue000" }] } },
            { "program[0].skills", Valid with { Program = [Week(1) with { Skills = ["a\0"] }] } },
            { "schedule.timeZone", Valid with { Schedule = Valid.Schedule! with { TimeZone = "UTC+05:00" } } },
            { "coFacilitatorIds", Valid with { CoFacilitatorIds = [Valid.FacilitatorId!.Value] } },
            { "schedule.durationMinutes", Valid with { Schedule = Valid.Schedule! with { DurationMinutes = 14 } } },
            { "schedule.durationMinutes", Valid with { Schedule = Valid.Schedule! with { DurationMinutes = 481 } } },
            { "schedule.weeks", Valid with { Schedule = Valid.Schedule! with { Weeks = 0 } } },
            { "schedule.weeks", Valid with { Schedule = Valid.Schedule! with { Weeks = 105 } } },
            { "schedule.startsOn", Valid with { Schedule = Valid.Schedule! with { StartsOn = "2026-1-6" } } },
            { "schedule.startsOn", Valid with { Schedule = Valid.Schedule! with { StartsOn = "2026-02-29" } } },
            { "schedule.startsOn", Valid with { Schedule = Valid.Schedule! with { StartsOn = "9999-12-31" } } },
            { "program", Valid with { Program = [Week(1), Week(1)] } },
            { "program[1]", Valid with { Program = [Week(1), null!] } },
            { "program[0].skills", Valid with { Program = [Week(1) with { Skills = [null!] }] } },
            { "policies.minimumQuorum", Valid with { Policies = new PoliciesRequest { MinimumQuorum = 11 } } },
            { "policies.chatRetentionDays", Valid with { Policies = new PoliciesRequest { ChatRetentionDays = 3651 } } },
        };

    [Theory]
    [MemberData(nameof(OneFault), DisableDiscoveryEnumeration = true)]
    public void A_fault_is_named_by_its_field_alone(string field, OpenGroupRequest request)
    {
        var errors = new FieldErrors();
        Assert.Null(GroupRules.Check(request, Now, errors));
        Assert.Equal([field], errors.ToProblem().Errors!.Keys);
    }

    [Fact]
    public void The_bounds_themselves_are_allowed()
    {
        var errors = new FieldErrors();
        Assert.NotNull(
            GroupRules.Check(Valid with { Capacity = 1, MinimumAge = 0, Schedule = Valid.Schedule! with { DurationMinutes = 15, Weeks = 1 } }, Now, errors)
        );
        Assert.NotNull(
            GroupRules.Check(
                Valid with
                {
                    Capacity = 500,
                    MinimumAge = 120,
                    Schedule = Valid.Schedule! with { DurationMinutes = 480, Weeks = 104 },
                },
                Now,
                errors
            )
        );
        Assert.NotNull(GroupRules.Check(Valid with { Schedule = Valid.Schedule! with { Weeks = null } }, Now, errors));
    }

    [Fact]
    public void Every_policy_has_a_default_that_holds_for_one_seat_too()
    {
        Assert.Equal(new GroupPolicies("optional", true, 30, 2), GroupRules.Check(Valid, Now, new FieldErrors())!.Policies);
        Assert.Equal(1, GroupRules.Check(Valid with { Capacity = 1 }, Now, new FieldErrors())!.Policies.MinimumQuorum);
        Assert.Equal(18, GroupRules.Check(Valid, Now, new FieldErrors())!.MinimumAge);
    }

    [Theory]
    [InlineData(null, 0, "open", 1, true)]
    [InlineData("open", 1, "live", 2, true)]
    [InlineData("live", 2, "held", 3, true)]
    [InlineData("held", 3, "live", 4, true)]
    [InlineData("live", 4, "live", 4, false)]
    [InlineData("live", 4, "open", 5, false)]
    [InlineData("live", 4, "held", 3, false)]
    [InlineData("live", 4, "ended", 1, true)]
    [InlineData("ended", 5, "live", 9, false)]
    [InlineData("ended", 5, "ended", 9, false)]
    [InlineData(null, 0, "ended", 0, true)]
    [InlineData(null, 0, "scheduled", 5, true)]
    [InlineData("open", 1, "scheduled", 2, true)]
    [InlineData("scheduled", 2, "open", 1, false)]
    [InlineData("scheduled", 2, "open", 3, true)]
    [InlineData("live", 2, "scheduled", 3, false)]
    [InlineData("open", 1, "something-new", 5, false)]
    public void What_a_room_reports_never_goes_backwards(string? before, long versionBefore, string reported, long version, bool counts) =>
        Assert.Equal(counts, SessionRules.PhaseCounts(before, versionBefore, reported, version));

    [Theory]
    [InlineData("2027-03-14T02:30:00-05:00", true)]
    [InlineData("2027-03-14T02:30:00+01:00", true)]
    [InlineData("2027-03-14T07:30:00Z", true)]
    [InlineData("2027-01-04T11:59:59Z", false)]
    [InlineData("2028-01-07T12:00:00Z", false)]
    public void A_new_start_is_in_the_future_and_at_most_a_year_ahead(string startsAt, bool right)
    {
        var now = new DateTimeOffset(2027, 1, 4, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(right, !SessionRules.CheckNewStart(DateTimeOffset.Parse(startsAt), now).Any);
    }

    [Theory]
    [InlineData(null, 901, null)]
    [InlineData(null, 900, "session-running")]
    [InlineData("scheduled", 0, "session-running")]
    [InlineData("open", 3600, null)]
    [InlineData("live", 3600, "session-running")]
    [InlineData(null, -3600, "session-over")]
    [InlineData("ended", 3600, "session-over")]
    public void A_session_moves_until_its_lobby_opens_by_the_plan(string? phase, int secondsUntilStart, string? refused)
    {
        var start = Now.AddSeconds(secondsUntilStart);
        var session = new Session(Guid.CreateVersion7(), Guid.CreateVersion7(), start, start.AddHours(1), "Etc/UTC", Guid.CreateVersion7(), [], null, 1, phase);
        Assert.Equal(refused, SessionRules.RefuseMove(session, TimeSpan.FromMinutes(15), Now)?.Code);
    }

    private static ProgramWeekRequest Week(int number) => new() { Week = number, Title = "Arriving" };
}
