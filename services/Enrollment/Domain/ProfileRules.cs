using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Unicode;
using NodaTime;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>A member's profile as sent and as answered.</summary>
/// <param name="DateOfBirth">ISO 8601 calendar date; within the last 120 years.</param>
/// <param name="TimeZone">Exact IANA id, links included; an offset is none.</param>
/// <param name="Language">BCP 47 tag.</param>
/// <param name="RecordedResidence">Not set: may come back as it was shown. Where an operator recorded, with evidence, that the member lives, after the
/// address here was stated: that counts. Null where nothing was recorded since.</param>
public sealed record Profile(
    [Required] string? LegalName = null,
    [Required] string? DateOfBirth = null,
    [Required] string? Phone = null,
    [Required] Residence? Residence = null,
    [Required] EmergencyContact? EmergencyContact = null,
    string? TimeZone = null,
    string? Language = null,
    RecordedResidence? RecordedResidence = null
);

/// <param name="Since">First day of living there.</param>
public sealed record RecordedResidence(string? Jurisdiction, string? Since);

/// <param name="State">Two capital letters inside the United States, null elsewhere.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Since">First day of living there.</param>
public sealed record Residence(
    [Required] string? Line1,
    [Required] string? City,
    string? State,
    [Required] string? PostalCode,
    [Required] string? Country,
    string? Since = null
);

public sealed record EmergencyContact([Required] string? Name, [Required] string? Phone, [Required] string? Relation);

/// <summary>The rules of a profile. Pure: the profile, the known jurisdictions and today in, faults or the jurisdiction out.</summary>
public static partial class ProfileRules
{
    private const int LongestLife = 120;
    private const string Home = "US";
    private static readonly string[] PostalStates = ["AA", "AE", "AP"];

    /// <summary>Every fault, by field.</summary>
    /// <param name="isJurisdiction">Whether a code such as <c>US-XX</c> is a place.</param>
    public static FieldErrors Check(Profile profile, Func<string, bool> isJurisdiction, DateOnly today)
    {
        var errors = new FieldErrors()
            .Name(profile.LegalName, "legalName", 200)
            .Check(Phone().IsMatch(profile.Phone ?? ""), "phone", "A telephone number of 5 to 32 digits, spaces, and + - ( ).")
            .Check(
                TryDate(profile.DateOfBirth, out var born) && born <= today && born > today.AddYears(-LongestLife),
                "dateOfBirth",
                "A real date like 1990-01-31, within the last 120 years."
            )
            .Check(profile.TimeZone is null || DateTimeZoneProviders.Tzdb.Ids.Contains(profile.TimeZone), "timeZone", "An IANA zone such as America/New_York.")
            .Check(profile.Language is null || Language().IsMatch(profile.Language), "language", "A language tag such as en or es-US.");
        if (profile.EmergencyContact is { } contact)
        {
            errors
                .Name(contact.Name, "emergencyContact.name", 200)
                .Check(Phone().IsMatch(contact.Phone ?? ""), "emergencyContact.phone", "A telephone number of 5 to 32 digits, spaces, and + - ( ).")
                .Text(contact.Relation, "emergencyContact.relation", 100);
        }
        else
        {
            errors.Check(false, "emergencyContact", "Somebody we may call in an emergency is needed.");
        }

        return profile.Residence is { } residence
            ? CheckResidence(errors, residence, isJurisdiction, today)
            : errors.Check(false, "residence", "This is needed.");
    }

    private static FieldErrors CheckResidence(FieldErrors errors, Residence residence, Func<string, bool> isJurisdiction, DateOnly today)
    {
        errors
            .Text(residence.Line1, "residence.line1", 200)
            .Text(residence.City, "residence.city", 100)
            .Check(Country().IsMatch(residence.Country ?? ""), "residence.country", "Two capital letters, such as US.")
            .Check(
                residence.Since is null || (TryDate(residence.Since, out var since) && since <= today),
                "residence.since",
                "A real date that is not in the future."
            );
        return residence.Country == Home
            ? errors
                .Check(
                    residence.State is { Length: 2 } && (PostalStates.Contains(residence.State) || isJurisdiction($"{Home}-{residence.State}")),
                    "residence.state",
                    "The two capital letters of a state or territory."
                )
                .Check(Zip().IsMatch(residence.PostalCode ?? ""), "residence.postalCode", "Five digits, or five and four.")
            : errors.Check(residence.State is null, "residence.state", "Only inside the United States.").Text(residence.PostalCode, "residence.postalCode", 20);
    }

    /// <summary>A checked profile as it is stored: names are trimmed.</summary>
    public static Profile Trimmed(Profile profile) =>
        profile with
        {
            LegalName = NameRules.Trim(profile.LegalName!),
            EmergencyContact = profile.EmergencyContact! with { Name = NameRules.Trim(profile.EmergencyContact.Name!) },
        };

    /// <summary>The jurisdiction that a checked residence lies in. A postal state is no place: the jurisdiction stays unknown.</summary>
    public static (string Jurisdiction, string? PostalState) PlaceOf(Residence residence) =>
        residence.Country != Home ? ("FOREIGN", null)
        : PostalStates.Contains(residence.State) ? ("UNKNOWN", residence.State)
        : ($"{Home}-{residence.State}", null);

    /// <summary>Reads an ISO 8601 date from 1900-01-01 to 2199-12-31.</summary>
    public static bool TryDate(string? text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date) && Bounds.Holds(date);

    [GeneratedRegex(@"^[0-9+()\- ]{5,32}\z")]
    private static partial Regex Phone();

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\z")]
    private static partial Regex Language();

    [GeneratedRegex(@"^[A-Z]{2}\z")]
    private static partial Regex Country();

    [GeneratedRegex(@"^[0-9]{5}(-[0-9]{4})?\z")]
    private static partial Regex Zip();
}
