namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The nine points at which licensing is asked. Enrolment points take the residence as the place, join points the attested place.</summary>
public static class Points
{
    public const string Catalogue = "catalogue";
    public const string SeatHold = "seat_hold";
    public const string Enrol = "enrol";
    public const string WaitlistOffer = "waitlist_offer";
    public const string Precheck = "precheck";
    public const string Join = "join";
    public const string Rejoin = "rejoin";
    public const string Recheck = "recheck";
    public const string Substitution = "substitution";

    /// <summary>All nine, enrolment points first.</summary>
    public static IReadOnlyList<string> All { get; } = [Catalogue, SeatHold, Enrol, WaitlistOffer, Precheck, Join, Rejoin, Recheck, Substitution];

    /// <summary>True for the points that use the attested place.</summary>
    public static bool IsJoin(string point) => point is Precheck or Join or Rejoin or Recheck or Substitution;
}

/// <summary>Words of the request that are fixed by the contract and not by a rule set.</summary>
public static class Vocabulary
{
    public const string Video = "video";
    public const string InPerson = "in_person";
    public const string Lead = "lead";
    public const string Co = "co";
    public const string Licence = "licence";
    public const string TelehealthRegistration = "telehealth_registration";
    public const string CompactPrivilege = "compact_privilege";
    public const string TemporaryPermit = "temporary_permit";
    public const string Active = "active";

    /// <summary>A place outside the jurisdictions of the rule set.</summary>
    public const string Foreign = "FOREIGN";

    /// <summary>An unknown place.</summary>
    public const string Unknown = "UNKNOWN";

    public static IReadOnlyList<string> Modalities { get; } = [Video, InPerson];

    public static IReadOnlyList<string> Roles { get; } = [Lead, Co];

    public static IReadOnlyList<string> CredentialKinds { get; } = [Licence, TelehealthRegistration, CompactPrivilege, TemporaryPermit];

    public static IReadOnlyList<string> Statuses { get; } = [Active, "inactive", "suspended", "revoked", "pending"];

    /// <summary>State codes of military and diplomatic mail. They are postal and no places.</summary>
    public static IReadOnlyList<string> PostalStates { get; } = ["AA", "AE", "AP"];
}
