using GroupTherapy.Enrollment.Licensing;
using NodaTime;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>
/// Whether a team has a route, told a second time and naively: by local dates and plain loops over the document, sharing nothing with the engine.
/// </summary>
internal static class Oracle
{
    public static bool HasRoute(World world)
    {
        var (rules, request) = world;
        if (PlaceOf(rules.Document, request) is not { } place)
        {
            return false;
        }

        if (request.Group.ServiceClass == "skills_education")
        {
            return Open(rules.Document, request, place, "*", RouteKind.None, null);
        }

        var quorum = rules.Document.PracticePolicies.Single(row => row.Practice == request.Practice).Quorum;
        var counting = request.Facilitators.Where(one => quorum != Quorum.LeadForAll || one.Role == "lead").ToArray();
        return counting.Length > 0 && (quorum == Quorum.OnePresent ? counting.Any(May) : counting.All(May));

        bool May(FacilitatorFacts facilitator) => HasRoute(rules.Document, request, place, facilitator);
    }

    private static bool HasRoute(RuleSetDocument document, LicensingRequest request, string place, FacilitatorFacts facilitator)
    {
        return IsOpen(RouteKind.Exemption, null)
            || facilitator.Credentials.Any(credential =>
                InForce(document, credential, request.At)
                && credential.Kind switch
                {
                    "licence" => credential.Jurisdiction == place && Independent(document, credential, facilitator) && IsOpen(RouteKind.Licence, null),
                    "telehealth_registration" => credential.Jurisdiction == place
                        && request.Modality == "video"
                        && Rests(other => other != place)
                        && IsOpen(RouteKind.TelehealthRegistration, null),
                    "temporary_permit" => credential.Jurisdiction == place
                        && credential.DaysUsed < 15
                        && Rests(other => other != place)
                        && IsOpen(RouteKind.Temporary, null),
                    _ => Compact(credential),
                }
            );

        bool IsOpen(RouteKind kind, string? compact) => Open(document, request, place, facilitator.Profession, kind, compact);

        bool Rests(Func<string, bool> of) =>
            facilitator.Credentials.Any(licence =>
                licence.Kind == "licence" && of(licence.Jurisdiction) && InForce(document, licence, request.At) && Independent(document, licence, facilitator)
            );

        bool Compact(CredentialFacts privilege) =>
            privilege.HomeState != place
            && Operational(document, privilege.Compact!, privilege.HomeState!, request.At)
            && Operational(document, privilege.Compact!, place, request.At)
            && Rests(other => other == privilege.HomeState)
            && (privilege.Compact != "PSYPACT" || (request.Modality == "video" && facilitator.Location == privilege.HomeState))
            && document.Compacts.Single(row => row.Code == privilege.Compact).Profession == facilitator.Profession
            && IsOpen(RouteKind.Compact, privilege.Compact);
    }

    private static string? PlaceOf(RuleSetDocument document, LicensingRequest request)
    {
        if (!Points.IsJoin(request.Point))
        {
            var home = request.Member.Residence;
            return home is null || home.Jurisdiction == "UNKNOWN" || LocalDate(document, home.Jurisdiction, request.At) < home.Since ? null : home.Jurisdiction;
        }

        var place = request.Member.Location;
        if (place is null || place.Jurisdiction == "UNKNOWN")
        {
            return null;
        }

        var fresh = request.At - place.AttestedAt <= TimeSpan.FromMinutes(15);
        var spared = request.Point == "rejoin" && request.At - place.LastPresentAt <= TimeSpan.FromMinutes(10);
        return fresh || spared || request.Point is not ("join" or "rejoin") ? place.Jurisdiction : null;
    }

    private static bool Open(RuleSetDocument document, LicensingRequest request, string place, string profession, RouteKind kind, string? compact)
    {
        var today = LocalDate(document, place, request.At);
        var rows = document
            .RoutePolicies.Where(row =>
                row.Jurisdiction == place
                && row.Route == kind
                && row.Compact == compact
                && row.ServiceClasses.Contains(request.Group.ServiceClass)
                && (row.Professions.Contains(profession) || row.Professions.Contains("*"))
                && !(today < row.EffectiveFrom)
                && !(today > row.EffectiveTo)
            )
            .ToArray();
        return rows.Length > 0 && rows.All(row => row.Effect == RouteEffect.Allow && row.Confidence != Confidence.Disputed);
    }

    private static bool Operational(RuleSetDocument document, string compact, string state, DateTimeOffset at)
    {
        var today = LocalDate(document, state, at);
        var rows = document.CompactMembers.Where(row => row.Compact == compact && row.Jurisdiction == state).ToArray();
        return rows.Length > 0
            && rows.All(row =>
                row.Status == MembershipStatus.Member
                && row.Confidence != Confidence.Disputed
                && !(today < row.EnactedOn)
                && today >= row.OperationalFrom
                && !(today > row.OperationalTo)
            );
    }

    private static bool Independent(RuleSetDocument document, CredentialFacts licence, FacilitatorFacts facilitator)
    {
        var from = document.LicenceTypes.Any(row => row.Jurisdiction == licence.Jurisdiction) ? licence.Jurisdiction : "*";
        return document
            .LicenceTypes.Where(row => row.Code == licence.Type && row.Jurisdiction == from)
            .Any(row => row.Profession == facilitator.Profession && row.Independent);
    }

    private static bool InForce(RuleSetDocument document, CredentialFacts credential, DateTimeOffset at)
    {
        var today = LocalDate(document, credential.Jurisdiction, at);
        return credential is { Status: "active", Encumbered: false } && credential.ValidFrom <= today && today <= credential.ValidTo;
    }

    public static int Year(RuleSetDocument document, string place, DateTimeOffset at) => LocalDate(document, place, at).Year;

    private static DateOnly LocalDate(RuleSetDocument document, string place, DateTimeOffset at)
    {
        var zone = DateTimeZoneProviders.Tzdb[document.Jurisdictions.Single(row => row.Code == place).Zone];
        var date = NodaTime.Instant.FromDateTimeOffset(at).InZone(zone).Date;
        return new DateOnly(date.Year, date.Month, date.Day);
    }
}
