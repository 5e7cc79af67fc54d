using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>Builds a licensing request from a group's state. An unknown fact is null, which never allows.</summary>
internal static class SeatFacts
{
    /// <summary>The question whether a member may have a seat that was asked for, offered or confirmed.</summary>
    public static LicensingRequest Of(SeatGroupState state, string point, Guid memberId, Guid enrollmentId, DateTimeOffset now)
    {
        var (group, history, enrollment) = (state.Group, state.HistoryOf(enrollmentId), state.Enrollments.GetValueOrDefault(enrollmentId));
        var member = state.Members[memberId];
        var facts = new LicensingRequest(
            group.Practice,
            point,
            now,
            group.SeriesEndsAt,
            Vocabulary.Video,
            new GroupFacts(group.ServiceClass, group.MinimumAge, history.EnrolledServiceClass is { } was && was != group.ServiceClass ? was : null),
            state.Facilitators,
            new MemberFacts(memberId.ToString(), member.DateOfBirth, ResidenceHistory.At(state.Rules, member.Residences, now).InForce, null)
        );
        return facts with
        {
            Member = facts.Member with
            {
                EnrolledUnder = history.EnrolledUnder,
                SeatGraceUntil = history.EnrolledUnder is not null && enrollment?.Status == EnrollmentStatus.Enrolled ? enrollment.GraceUntil : null,
                NextInLine = point == Points.WaitlistOffer,
            },
        };
    }

    /// <summary>The question whether a live enrollment is still allowed.</summary>
    /// <param name="graceUntil">The grace that the answer is to name.</param>
    public static LicensingRequest OfReevaluation(SeatGroupState state, EnrollmentState e, DateTimeOffset? graceUntil, DateTimeOffset now)
    {
        if (e.Status == EnrollmentStatus.Enrolled)
        {
            var facts = Of(state, Points.Enrol, e.MemberId, e.Id, now);
            return facts with { Member = facts.Member with { SeatGraceUntil = graceUntil } };
        }

        // Nothing is confirmed yet: the class at the time of the request is what the group may have changed from.
        var (asked, group) = (state.HistoryOf(e.Id).RequestedServiceClass, state.Group);
        var request = Of(state, Points.SeatHold, e.MemberId, e.Id, now);
        return request with { Group = request.Group with { ReclassifiedFrom = asked == group.ServiceClass ? null : asked } };
    }
}
