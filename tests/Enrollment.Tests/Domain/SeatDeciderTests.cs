using GroupTherapy.Enrollment.Domain;
using static GroupTherapy.Enrollment.Tests.Domain.SeatStates;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Domain;

/// <summary>Each command about seats against each state it may meet.</summary>
public sealed class SeatDeciderTests
{
    [Fact]
    public void A_member_who_gave_up_five_seats_of_a_group_within_a_day_is_held_for_an_operator()
    {
        var (state, member) = Group(1).Knowing();
        for (var n = 0; n < 5; n++)
        {
            (state, _) = state.Do(new RequestSeat(member));
            Assert.Equal("reserved", state.LiveOf(member)!.Status);
            (state, _) = state.Do(new CancelEnrollment(state.LiveOf(member)!.Id, null));
        }

        (state, _) = state.Do(new RequestSeat(member));
        Assert.Equal(("held", 0), (state.LiveOf(member)!.Status, state.Group.Taken));
    }

    [Theory]
    [InlineData("US-FL", 1, 0, "reserved")]
    [InlineData("US-FL", 0, 0, "waitlisted")]
    [InlineData("", 1, 0, "held")]
    [InlineData("US-TX", 1, 0, "not-eligible")]
    [InlineData("US-FL", 1, 1, "reserved")]
    [InlineData("US-FL", 1, 2, "too-many-unconfirmed")]
    public void Request_gets_a_seat_a_place_on_the_waitlist_a_case_or_a_refusal(string lives, int free, int unconfirmed, string expected)
    {
        var state = Group(1);
        if (free == 0)
        {
            state = state.Asked().State;
        }

        var (known, member) = state.Knowing(lives, unconfirmed);
        var (after, outcome) = known.Do(new RequestSeat(member));

        Assert.Equal(expected, outcome.Refusal?.Code ?? after.LiveOf(member)!.Status);
        Assert.Equal(expected == "reserved" ? 1 : 1 - free, after.Group.Taken);
        Assert.Equal(expected != "too-many-unconfirmed", outcome.Decision is not null);
    }

    [Fact]
    public void Request_in_a_closed_group_or_a_second_one_is_refused_and_changes_nothing()
    {
        var (closed, member) = Group(1, closed: true).Knowing();
        var (inside, e) = Group(2).Asked();

        Assert.Equal(("group-closed", 0), Refused(closed.Do(new RequestSeat(member)).Outcome));
        Assert.Equal(("already-enrolled", 0), Refused(inside.Do(new RequestSeat(e.MemberId)).Outcome));
    }

    [Fact]
    public void A_cohort_that_has_begun_and_a_seat_booked_by_another_member_are_closed()
    {
        var (group, member) = Group(1).Knowing();
        SeatGroupState With(DateTimeOffset? until, Guid? owner) => group with { Group = group.Group with { AdmitsUntil = until, ReservedFor = owner } };

        Assert.Equal(("group-closed", 0), Refused(With(Evening, null).Do(new RequestSeat(member)).Outcome));
        Assert.Equal(("group-closed", 0), Refused(With(null, Guid.CreateVersion7()).Do(new RequestSeat(member)).Outcome));
        Assert.NotNull(With(Evening.AddMinutes(1), member).Do(new RequestSeat(member)).Outcome.EnrollmentId);
    }

    [Fact]
    public void Intake_that_is_missing_holds_a_request_and_the_release_waits_for_it()
    {
        var (state, e) = Group(1, intakeFirst: true).Asked();
        Assert.Equal("held", e.Status);
        Assert.Equal(("intake-missing", 0), Refused(state.Do(new ReleaseEnrollment(e.Id, "A test.")).Outcome));

        var (released, outcome) = state.Living(e.MemberId, "US-FL", intake: true).Do(new ReleaseEnrollment(e.Id, "A test."));
        Assert.Equal(("offered", 1), (released.Now(e), released.Group.Taken));
        Assert.Equal(["released", "offered"], outcome.Steps());
    }

    [Theory]
    [InlineData("US-FL", true, 14, "enrolled", 1)]
    [InlineData("US-FL", false, 14, "consents-missing", 1)]
    [InlineData("US-FL", true, 15, "not-reserved", 1)]
    [InlineData("US-TX", true, 14, "not-eligible", 1)]
    [InlineData("", true, 14, "held", 0)]
    public void Confirmation_asks_the_rules_again(string lives, bool consents, int minutesLater, string expected, int taken)
    {
        var (state, e) = Group(1).Asked();
        var command = new ConfirmSeat(e.Id, consents ? [new GivenConsent("telehealth", 1)] : [new GivenConsent("telehealth", 2)]);
        var (after, outcome) = state.Living(e.MemberId, lives, 1).Do(command, Evening.AddMinutes(minutesLater));

        Assert.Equal(expected, outcome.Refusal?.Code ?? after.Now(e));
        Assert.Equal(taken, after.Group.Taken);
    }

    [Fact]
    public void Confirming_twice_is_confirming_once()
    {
        var (state, e) = Group(1).Enrolled();
        var (_, again) = state.Do(Confirm(e));
        Assert.Null(again.Refusal);
        Assert.Empty(again.Changes);
    }

    [Theory]
    [InlineData(15, "ended", "expired")]
    [InlineData(14, "reserved", null)]
    public void Reservation_ends_at_its_deadline_and_not_before(int minutesLater, string status, string? reason)
    {
        var (state, e) = Group(1).Asked();
        var (after, _) = state.Do(new ExpireEnrollment(e.Id), Evening.AddMinutes(minutesLater));
        Assert.Equal((status, reason), (after.Now(e), after.Enrollments[e.Id].EndReason));
    }

    [Fact]
    public void Free_seat_is_offered_to_the_first_eligible_member_and_the_others_keep_their_position()
    {
        var (state, seated) = Group(1).Asked();
        (state, var moved) = state.Asked();
        (state, var busyElsewhere) = state.Asked();
        (state, var next) = state.Asked();
        (state, var last) = state.Asked();
        state = state.Living(moved.MemberId, "US-TX").Living(busyElsewhere.MemberId, "US-FL", unconfirmed: 2);

        var (after, outcome) = state.Do(new CancelEnrollment(seated.Id, null));

        Assert.Equal(["waitlisted", "waitlisted", "offered", "waitlisted"], new[] { moved, busyElsewhere, next, last }.Select(after.Now));
        Assert.Equal(["passed-over not-eligible", "offered"], outcome.Steps());
        Assert.Equal(["SeatReleased", "WaitlistOffered"], outcome.Events());
        Assert.NotNull(after.Enrollments[moved.Id].PassedUntil);
        Assert.Equal((1, 3), (after.Group.Taken, after.Waiting));
    }

    [Fact]
    public void New_request_never_overtakes_a_waitlisted_member_who_may_be_offered_the_seat()
    {
        var (state, _) = Group(1).Asked();
        (state, var waiting) = state.Asked();
        state = state with { Group = state.Group with { Capacity = 2 } };

        (state, var newcomer) = state.Asked();
        Assert.Equal("waitlisted", newcomer.Status);

        (state, _) = state.Do(new OfferSeats());
        Assert.Equal(("offered", "waitlisted"), (state.Now(waiting), state.Now(newcomer)));
    }

    [Fact]
    public void Member_who_is_busy_in_another_process_is_waited_for_and_not_overtaken()
    {
        var (state, seated) = Group(1).Asked();
        (state, var waiting) = state.Asked();
        state = state with { Members = state.Members.SetItem(waiting.MemberId, state.Members[waiting.MemberId] with { IsBusy = true }) };

        var (after, outcome) = state.Do(new CancelEnrollment(seated.Id, null));

        Assert.Equal(("waitlisted", 0), (after.Now(waiting), after.Group.Taken));
        Assert.Equal(Evening.AddSeconds(1), Assert.Single(outcome.Changes.OfType<OffersDue>()).At);
    }

    [Fact]
    public void Capacity_below_the_seats_taken_puts_no_member_out_and_offers_nothing()
    {
        var (state, first) = Group(2).Asked();
        (state, _) = state.Asked();
        (state, var waiting) = state.Asked();
        (state, _) = (state with { Group = state.Group with { Capacity = 1 } }).Do(new ApplyGroupChange(false));
        Assert.Equal(2, state.Group.Taken);

        (state, _) = state.Do(new CancelEnrollment(first.Id, null));
        Assert.Equal((1, "waitlisted"), (state.Group.Taken, state.Now(waiting)));
    }

    [Fact]
    public void Closed_group_ends_every_enrollment()
    {
        var (state, seated) = Group(1).Enrolled();
        (state, var waiting) = state.Asked();
        (state, _) = (state with { Group = state.Group with { Closed = true } }).Do(new ApplyGroupChange(true));

        Assert.Equal(["group-closed", "group-closed"], new[] { seated, waiting }.Select(e => state.Enrollments[e.Id].EndReason));
        Assert.Equal(0, state.Group.Taken);
    }

    [Fact]
    public void Denied_member_keeps_the_seat_for_the_grace_and_loses_it_at_its_end_with_the_reason()
    {
        var (state, e) = Group(1).Enrolled();
        (state, var moved) = state.Living(e.MemberId, "US-TX").Do(new ReevaluateEnrollment(e.Id), Evening.AddDays(1));
        var grace = state.Enrollments[e.Id].GraceUntil!.Value;
        Assert.Equal(["EnrollmentReconsidered", "SeatGraceStarted"], moved.Events());

        var (again, same) = state.Do(new ReevaluateEnrollment(e.Id), Evening.AddDays(2));
        Assert.Empty(same.Events());
        Assert.Equal(grace, again.Enrollments[e.Id].GraceUntil);

        var (back, returned) = state.Living(e.MemberId, "US-FL").Do(new ReevaluateEnrollment(e.Id), Evening.AddDays(2));
        Assert.Null(back.Enrollments[e.Id].GraceUntil);
        Assert.Contains("SeatGraceEnded", returned.Events());

        var (over, _) = (state with { Histories = state.Histories.SetItem(e.Id, state.HistoryOf(e.Id) with { ConfirmedJurisdiction = "US-FL" }) })
            .Do(new ExpireEnrollment(e.Id), grace);
        Assert.Equal(("ended", "moved", 0), (over.Now(e), over.Enrollments[e.Id].EndReason, over.Group.Taken));
    }

    [Fact]
    public void Unclear_member_keeps_the_seat_until_an_operator_decides()
    {
        var (state, e) = Group(1).Enrolled();
        (state, _) = state.Living(e.MemberId, "").Do(new ReevaluateEnrollment(e.Id));
        Assert.True(state.Enrollments[e.Id].IsUnderReview);

        Assert.Equal("still-held", state.Do(new ReleaseEnrollment(e.Id, "A test.")).Outcome.Refusal!.Code);
        var (released, _) = state.Living(e.MemberId, "US-FL").Do(new ReleaseEnrollment(e.Id, "A test."));
        Assert.Equal(("enrolled", false, "A test."), (released.Now(e), released.Enrollments[e.Id].IsUnderReview, released.Enrollments[e.Id].Note));
        var (refused, _) = state.Do(new RefuseEnrollment(e.Id, "A test."));
        Assert.Equal(("ended", "refused", 0), (refused.Now(e), refused.Enrollments[e.Id].EndReason, refused.Group.Taken));
    }

    [Fact]
    public void Operator_has_nothing_to_decide_about_a_reservation()
    {
        var (state, e) = Group(1).Asked();
        Assert.Equal(("not-held", 0), Refused(state.Do(new ReleaseEnrollment(e.Id, "A test.")).Outcome));
        Assert.Equal(("not-held", 0), Refused(state.Do(new RefuseEnrollment(e.Id, "A test.")).Outcome));
    }

    private static (string?, int) Refused(SeatOutcome outcome) => (outcome.Refusal?.Code, outcome.Changes.Count);
}
