using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>The people and evenings that the tests talk about. Everything starts from one ordinary evening; a test says only what is different.</summary>
internal static class Given
{
    public static CompiledRuleSet Seed => SeededRuleSet.Compiled;

    public static DateTimeOffset Evening { get; } = Instant("2026-11-25T00:00:00Z");

    public static FacilitatorFacts Ana { get; } =
        new(
            "ana",
            "lead",
            "counselor",
            "US-FL",
            [Licence("US-FL", "LMHC", "2027-03-31"), Licence("US-NY", "LMHC", "2027-08-31"), Licence("US-NJ", "LPC", "2026-11-30")]
        );

    public static FacilitatorFacts Ben { get; } = new("ben", "lead", "social_worker", "US-NY", [Licence("US-NY", "LCSW", "2028-01-31")]);

    public static FacilitatorFacts Cara { get; } =
        new("cara", "lead", "psychologist", "US-IL", [Licence("US-IL", "PSY", "2028-09-30"), Privilege("PSYPACT", "US-IL", "2028-09-30")]);

    public static FacilitatorFacts Dee { get; } =
        new("dee", "lead", "counselor", "US-IL", [Licence("US-IL", "LCPC", "2028-03-31"), Registration("US-FL", "2028-03-31")]);

    public static FacilitatorFacts Eli { get; } = new("eli", "lead", "instructor", "US-NY", []);

    public static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    public static CredentialFacts Licence(
        string place,
        string type,
        string to,
        string from = "2018-01-01",
        string status = "active",
        bool encumbered = false
    ) => new("licence", place, status, Day(from), Day(to), encumbered, type);

    public static CredentialFacts Registration(string place, string to, string from = "2024-01-01", string status = "active", bool encumbered = false) =>
        new("telehealth_registration", place, status, Day(from), Day(to), encumbered, "TPP");

    public static CredentialFacts Privilege(
        string compact,
        string home,
        string to,
        string from = "2022-01-01",
        string status = "active",
        bool encumbered = false,
        string? issuer = null
    ) => new("compact_privilege", issuer ?? home, status, Day(from), Day(to), encumbered, null, compact, home);

    public static CredentialFacts Permit(string place, int? daysUsed, string to = "2026-12-31", string from = "2026-01-01") =>
        new("temporary_permit", place, "active", Day(from), Day(to), false, null, DaysUsed: daysUsed);

    /// <summary>An adult who lives in a place and has just said to be there, joining a therapy group of Grouport's.</summary>
    public static LicensingRequest Join(string place, params FacilitatorFacts[] facilitators) =>
        new(
            "grouport",
            Points.Join,
            Evening,
            Evening.AddHours(1),
            "video",
            new GroupFacts("psychotherapy_group", 18),
            facilitators,
            new MemberFacts("m", Day("1990-01-01"), new ResidenceFacts(place, Day("2020-01-01")), new LocationFacts(place, Evening.AddMinutes(-2)))
        );

    public static LicensingRequest Chicago(string place, params FacilitatorFacts[] facilitators) => Join(place, facilitators) with { Practice = "chicago" };

    public static LicensingRequest Skills(string place) => Join(place, Eli) with { Group = new GroupFacts("skills_education", 18) };

    /// <summary>The same member asking for a seat in a series.</summary>
    public static LicensingRequest Enrolling(this LicensingRequest request, string until = "2026-12-23T01:00:00Z") =>
        request with
        {
            Point = Points.Enrol,
            Until = Instant(until),
            Member = request.Member with { Location = null },
        };

    public static LicensingRequest AtPoint(this LicensingRequest request, string point) => request with { Point = point };

    public static LicensingRequest At(this LicensingRequest request, string at) => request.At(Instant(at));

    /// <summary>The same an instant later or earlier, attested just as long before.</summary>
    public static LicensingRequest At(this LicensingRequest request, DateTimeOffset at)
    {
        var by = at - request.At;
        var location = request.Member.Location;
        return request with
        {
            At = at,
            Until = Points.IsJoin(request.Point) ? request.Until + by : request.Until,
            Member = request.Member with
            {
                Location = location is null ? null : location with { AttestedAt = location.AttestedAt + by, LastPresentAt = location.LastPresentAt + by },
            },
        };
    }

    public static LicensingRequest LivingIn(
        this LicensingRequest request,
        string place,
        string? zip = null,
        string? postalState = null,
        string? since = "2020-01-01"
    ) => request with { Member = request.Member with { Residence = new ResidenceFacts(place, since is null ? null : Day(since), zip, postalState) } };

    public static LicensingRequest Being(this LicensingRequest request, Func<LocationFacts, LocationFacts?> change) =>
        request with
        {
            Member = request.Member with { Location = change(request.Member.Location!) },
        };

    public static LicensingRequest Born(this LicensingRequest request, string? day, int groupFrom = 13, bool guardian = false) =>
        request with
        {
            Group = request.Group with { MinimumAge = groupFrom },
            Member = request.Member with { DateOfBirth = day is null ? null : Day(day), GuardianConsent = guardian },
        };

    public static LicensingRequest InCrisis(this LicensingRequest request) => request with { Member = request.Member with { Crisis = true } };

    public static LicensingRequest EnrolledUnder(this LicensingRequest request, int version) =>
        request with
        {
            Member = request.Member with { EnrolledUnder = version },
        };

    public static LicensingRequest ReclassifiedFrom(this LicensingRequest request, string service) =>
        request with
        {
            Group = request.Group with { ReclassifiedFrom = service },
        };

    public static LicensingRequest SeatKeptUntil(this LicensingRequest request, string until) =>
        request with
        {
            Member = request.Member with { SeatGraceUntil = Instant(until) },
        };

    public static LicensingRequest Next(this LicensingRequest request) => request with { Member = request.Member with { NextInLine = true } };

    /// <summary>Two operators let this member in at the door, until an instant.</summary>
    public static LicensingRequest Overridden(this LicensingRequest request, string until = "2026-11-26T00:00:00Z") =>
        request with
        {
            Member = request.Member with { Override = new OverrideFacts("o", [Points.Join, Points.Rejoin, Points.Recheck], Instant(until)) },
        };

    public static FacilitatorFacts StandingIn(this FacilitatorFacts facilitator) => facilitator with { Substitute = true };

    public static LicensingRequest InPerson(this LicensingRequest request) => request with { Modality = "in_person" };

    public static FacilitatorFacts With(this FacilitatorFacts facilitator, params CredentialFacts[] credentials) =>
        facilitator with
        {
            Credentials = [.. facilitator.Credentials, .. credentials],
        };

    public static FacilitatorFacts Only(this FacilitatorFacts facilitator, params CredentialFacts[] credentials) =>
        facilitator with
        {
            Credentials = credentials,
        };

    public static FacilitatorFacts AsCo(this FacilitatorFacts facilitator) => facilitator with { Role = "co" };

    public static FacilitatorFacts In(this FacilitatorFacts facilitator, string? place) => facilitator with { Location = place };

    public static Decision Decide(this LicensingRequest request, CompiledRuleSet? rules = null) => LicensingEngine.Decide(rules ?? Seed, request, request.At);

    public static IEnumerable<string> Codes(this Decision decision) => decision.Reasons.Select(reason => reason.Code);

    /// <summary>The seeded document with changes, compiled.</summary>
    public static CompiledRuleSet Rules(Func<RuleSetDocument, RuleSetDocument> change) => CompiledRuleSet.Compile(change(Seed.Document));
}
