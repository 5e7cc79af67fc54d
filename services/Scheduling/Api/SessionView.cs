using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Security;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Api;

/// <summary>One weekly meeting.</summary>
/// <param name="LocalStart"><c>HH:MM</c> on the wall clock of <paramref name="TimeZone"/>, on <paramref name="LocalDate"/>.</param>
/// <param name="AdmitsNew">New members may begin with it.</param>
/// <param name="Extra">A session beside the series.</param>
/// <param name="Status"><c>scheduled</c>, <c>open</c>, <c>live</c>, <c>held</c>, <c>ended</c> or <c>cancelled</c>.</param>
public sealed record SessionView(
    Guid Id,
    Guid GroupId,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string LocalStart,
    string TimeZone,
    string Status,
    Guid FacilitatorId,
    DateOnly LocalDate,
    bool AdmitsNew,
    bool Extra
);

/// <summary>How a session is shown.</summary>
internal static class SessionViews
{
    /// <summary>Operators of the practice, and the facilitators who lead or help to lead the session.</summary>
    public static bool IsReadBy(this Session session, Caller caller, string practice) =>
        caller.Is(Roles.Operator, practice) || (caller.Is(Roles.Facilitator, practice) && session.Staff.Contains(caller.AccountId));

    public static SessionView View(this Session session)
    {
        var (date, time) = SeriesRules.LocalStart(session.StartsAt, session.TimeZone);
        return new SessionView(
            session.Id,
            session.GroupId,
            session.StartsAt,
            session.EndsAt,
            time,
            session.TimeZone,
            session.Status,
            session.LeadFacilitatorId,
            date,
            session.AdmitsNew,
            session.Extra
        );
    }
}
