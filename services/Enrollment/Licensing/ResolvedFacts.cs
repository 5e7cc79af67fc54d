namespace GroupTherapy.Enrollment.Licensing;

internal enum CredentialKind
{
    Licence,
    TelehealthRegistration,
    CompactPrivilege,
    TemporaryPermit,
}

/// <summary>The rights that a type of licence gives.</summary>
internal enum TypeStanding
{
    /// <summary>Independent practice in the facilitator's profession.</summary>
    Independent,

    /// <summary>Something else: another profession, or work under supervision.</summary>
    Other,

    /// <summary>No row knows the type, or rows contradict each other.</summary>
    NotUnderstood,
}

/// <summary>A credential with days turned into instants of its issuer's capital.</summary>
internal readonly struct ResolvedCredential
{
    public required CredentialKind Kind { get; init; }

    public required CompiledJurisdiction Issuer { get; init; }

    public required bool IsActive { get; init; }

    public required bool IsEncumbered { get; init; }

    /// <summary>First instant at which it is valid.</summary>
    public required long From { get; init; }

    /// <summary>First instant at which it is no longer valid.</summary>
    public required long To { get; init; }

    public TypeStanding Type { get; init; }

    /// <summary>Number of the compact; -1 for other kinds.</summary>
    public int Compact { get; init; }

    public CompiledJurisdiction? Home { get; init; }

    public int? DaysUsed { get; init; }

    public bool IsInForce(long at) => IsActive && !IsEncumbered && From <= at && at < To;
}

/// <summary>A facilitator with the credentials that can be read. One that cannot be read authorises nothing.</summary>
internal sealed class ResolvedFacilitator
{
    /// <summary>Stands where a service needs no facilitator's authority.</summary>
    public static ResolvedFacilitator Nobody { get; } =
        new()
        {
            IsLead = false,
            Profession = -1,
            Location = null,
            Credentials = [],
            ReachesElsewhere = false,
        };

    public required bool IsLead { get; init; }

    /// <summary>Number of the profession; -1 when no row has it.</summary>
    public required int Profession { get; init; }

    /// <summary>Null when not known.</summary>
    public required CompiledJurisdiction? Location { get; init; }

    public required ResolvedCredential[] Credentials { get; init; }

    /// <summary>True when a credential of one jurisdiction may matter at another: registrations and compacts rest on licences elsewhere.</summary>
    public required bool ReachesElsewhere { get; init; }

    /// <summary>Stands in for the group's own facilitator.</summary>
    public bool IsSubstitute { get; init; }

    public ResolvedFacilitator With(ResolvedCredential[] credentials) =>
        new()
        {
            IsLead = IsLead,
            Profession = Profession,
            Location = Location,
            Credentials = credentials,
            ReachesElsewhere = ReachesElsewhere,
            IsSubstitute = IsSubstitute,
        };
}

/// <summary>The value of an attestation at the instant asked about. It is judged once and held fixed while later instants are tried.</summary>
internal enum Attestation
{
    Counts,
    WithinRejoinGrace,
    Stale,

    /// <summary>Made after the instant asked about, so it says nothing about it.</summary>
    NotYetMade,
}

/// <summary>A request with names looked up in a rule set and days turned into instants, so that many instants and places can be tried cheaply.</summary>
internal sealed class ResolvedFacts
{
    public required Reading Reading { get; init; }

    /// <summary>The instant asked about, while later ones are tried.</summary>
    public required long AskedAt { get; init; }

    public required CompiledRuleSet Rules { get; init; }

    public required LicensingRequest Request { get; init; }

    public required string Point { get; init; }

    public required bool IsJoin { get; init; }

    public required bool InPerson { get; init; }

    /// <summary>The outcome of a missing fact at this point.</summary>
    public required Outcome Missing { get; init; }

    /// <summary>A person looks at what is missing or disputed, so that what is known is asked first.</summary>
    public bool IsLookedAt { get; init; }

    public required CompiledPractice? Practice { get; init; }

    public required ResolvedFacilitator[] Facilitators { get; init; }

    /// <summary>Null when not known.</summary>
    public required CompiledJurisdiction? Residence { get; init; }

    /// <summary>First instant of the residence.</summary>
    public required long ResidenceFrom { get; init; }

    /// <summary>The attested place, whatever its age; null when not known.</summary>
    public required CompiledJurisdiction? Attested { get; init; }

    public required Attestation Attestation { get; init; }

    /// <summary>Another sign of place; null when there is none or it is not known.</summary>
    public required CompiledJurisdiction? Hint { get; init; }

    /// <summary>The end of the session or series; <see cref="long.MaxValue"/> without one.</summary>
    public required long Until { get; init; }

    /// <summary>The instant at which ages are counted; null: at the instant being evaluated.</summary>
    public required long? AgesAt { get; init; }

    /// <summary>End of the time for which a seat is kept; <see cref="long.MinValue"/> without one.</summary>
    public required long SeatGraceUntil { get; init; }

    /// <summary>End of the override that two operators decided for this point; <see cref="long.MinValue"/> without such a decision.</summary>
    public required long OverrideUntil { get; init; }

    /// <summary>The same facts attested fresh at another place; null for an unknown place.</summary>
    public ResolvedFacts At(CompiledJurisdiction? place, Attestation attestation = Attestation.Counts) =>
        With(place, attestation, AgesAt, Missing, IsLookedAt, Facilitators);

    /// <summary>The same facts with ages that go on counting while later instants are tried.</summary>
    public ResolvedFacts WithMovingAges() => With(Attested, Attestation, null, Missing, IsLookedAt, Facilitators);

    /// <summary>The same facts where all that is missing or unclear is held for a person to look at: only a known fact that fails denies then.</summary>
    public ResolvedFacts LookedAt() => With(Attested, Attestation, AgesAt, Outcome.Hold, true, Facilitators);

    /// <summary>The same facts without some credentials.</summary>
    public ResolvedFacts Without(Func<ResolvedFacilitator, ResolvedCredential, bool> left)
    {
        ResolvedFacilitator[] facilitators = [.. Facilitators.Select(one => one.With([.. one.Credentials.Where(held => !left(one, held))]))];
        return With(Attested, Attestation, AgesAt, Missing, IsLookedAt, facilitators);
    }

    private ResolvedFacts With(
        CompiledJurisdiction? place,
        Attestation attestation,
        long? agesAt,
        Outcome missing,
        bool isLookedAt,
        ResolvedFacilitator[] facilitators
    ) =>
        new()
        {
            Reading = Reading,
            AskedAt = AskedAt,
            Rules = Rules,
            Request = Request,
            Point = Point,
            IsJoin = IsJoin,
            InPerson = InPerson,
            Missing = missing,
            IsLookedAt = isLookedAt,
            Practice = Practice,
            Facilitators = facilitators,
            Residence = Residence,
            ResidenceFrom = ResidenceFrom,
            Attested = place,
            Attestation = attestation,
            Hint = Hint,
            Until = Until,
            AgesAt = agesAt,
            SeatGraceUntil = SeatGraceUntil,
            OverrideUntil = OverrideUntil,
        };
}
