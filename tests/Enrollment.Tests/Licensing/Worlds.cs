using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>
/// Generated worlds: a rule set, a request and an instant. Few places, dates close together and mostly sound credentials, so that routes open and close
/// often instead of never. Birthdays fall in June, outside every scanned window: ages are held fixed.
/// </summary>
internal static class Worlds
{
    private static readonly string[] Places = ["US-FL", "US-NY", "US-NJ", "US-IL", "US-KS", "US-GA", "US-PR"];
    private static readonly DateOnly FirstDay = new(2026, 10, 1);

    /// <summary>Rule sets to ask: the seeded one, one whose rows begin and end within the window, one that disputes and contradicts itself.</summary>
    public static CompiledRuleSet[] RuleSets { get; } =
    [SeededRuleSet.Compiled, Given.Rules(Bounded), Given.Rules(Quarrelsome), Given.Rules(Every), Given.Rules(One)];

    public static Arbitrary<World> Arbitrary { get; } = World().ToArbitrary();

    /// <summary>An active, unencumbered licence, mostly of the place in question; its dates and type may make it useless.</summary>
    public static Gen<CredentialFacts> SoundLicence(string place = "US-FL") =>
        from issuer in Gen.Elements([.. Places, place, place, place, place, place, place])
        from type in Gen.Elements("LMHC", "LPC", "LCPC", "PSY", "LCSW", "LSCSW", "XYZ")
        from days in Validity()
        select new CredentialFacts("licence", issuer, "active", days.From, days.To, false, type);

    // What the board of a place calls the independent licence of a profession.
    private static string TypeFor(string profession, string place) =>
        SeededRuleSet
            .Compiled.Document.LicenceTypes.Where(row => row.Profession == profession && row.Independent)
            .First(row => row.Jurisdiction == place || (place is "US-GA" or "US-PR" && row.Jurisdiction == "*"))
            .Code;

    private static Gen<World> World() =>
        from rules in Gen.Choose(0, RuleSets.Length - 1)
        from place in Gen.Elements("US-FL", "US-FL", "US-NY", "US-NJ", "US-IL", "US-KS", "US-KS", "US-GA", "US-PR")
        from practice in Often(place is "US-IL" or "US-KS" ? "chicago" : "grouport", "chicago")
        from point in Gen.Elements(Points.All.ToArray())
        from modality in Often("video", "in_person")
        from service in Often("psychotherapy_group", "skills_education", "intake", "psychotherapy_individual")
        from minimum in Often(13, 18)
        from before in Often<string?>(null, "skills_education")
        from hours in Gen.Choose(0, 24 * 60)
        from length in Gen.Elements(1, 24 * 30, 24 * 90)
        from facilitators in Facilitators(place)
        from known in Member(Instant(hours), place)
        from told in WithHistory(known, Instant(hours))
        let at = Instant(hours)
        let member = point == Points.Recheck && told.Location is { } said ? told with { Location = said with { AttestedAt = at.AddDays(-30) } } : told
        select new World(
            RuleSets[rules],
            new LicensingRequest(
                practice,
                point,
                at,
                at.AddHours(length).AddMinutes(30),
                modality,
                new GroupFacts(service, minimum, before),
                facilitators,
                member
            )
        );

    private static Gen<IReadOnlyList<FacilitatorFacts>> Facilitators(string place) =>
        from lead in Facilitator("a", "lead", place)
        from co in Facilitator("b", "co", place)
        from second in Facilitator("c", "lead", place)
        from team in Gen.Choose(0, 9)
        select (IReadOnlyList<FacilitatorFacts>)(
            team switch
            {
                0 => [co],
                1 => [lead, second],
                2 or 3 => [lead, co],
                4 => [lead, second, co],
                _ => [lead],
            }
        );

    private static Gen<FacilitatorFacts> Facilitator(string id, string role, string place) =>
        from profession in Gen.Elements("counselor", "counselor", "social_worker", "psychologist")
        from location in Often("US-IL", "US-NY", "US-FL", "UNKNOWN")
        from home in Gen.Elements(place, place, "US-IL", "US-NY")
        from days in Validity()
        from credentials in Credential().ListOf(4)
        from count in Gen.Choose(0, 4)
        from under in Validity()
        from until in Validity()
        from claims in Gen.Frequency((3, Gen.Constant(false)), (2, Gen.Constant(true)))
        from registers in Gen.Elements(true, false)
        let compact = profession switch
        {
            "psychologist" => "PSYPACT",
            "counselor" => "COUNSELING",
            _ => "SOCIAL_WORK",
        }
        let claim = claims ? Claim(profession, registers ? place : "", compact, under, until) : []
        let own = new CredentialFacts("licence", home, "active", days.From, days.To, false, TypeFor(profession, home))
        let others = credentials.Select(one => Fitting(one, profession)).Append(own).TakeLast(count)
        from substitute in Often(false, true)
        select new FacilitatorFacts(id, role, profession, claims ? "US-IL" : location, [.. claim, .. others], substitute);

    // Routes that rest on a licence elsewhere open only when several things fit together, which chance alone hardly brings about.
    private static CredentialFacts[] Claim(
        string profession,
        string alone,
        string compact,
        (DateOnly From, DateOnly To) under,
        (DateOnly From, DateOnly To) until
    ) =>
        [
            new("licence", "US-IL", "active", under.From, under.To, false, TypeFor(profession, "US-IL")),
            alone switch
            {
                "US-FL" => new("telehealth_registration", alone, "active", until.From, until.To, false, "TPP"),
                "US-KS" => new("temporary_permit", alone, "active", until.From, until.To, false, DaysUsed: 14),
                _ => new("compact_privilege", "US-IL", "active", until.From, until.To, false, null, compact, "US-IL"),
            },
        ];

    // Most boards name licences of the facilitator's own profession; a slip now and then stays in.
    private static CredentialFacts Fitting(CredentialFacts credential, string profession) =>
        credential.Kind == "licence" && credential.Type is not ("XYZ" or "LPC")
            ? credential with
            {
                Type = TypeFor(profession, credential.Jurisdiction),
            }
            : credential;

    private static Gen<CredentialFacts> Credential() =>
        from sound in SoundLicence()
        from kind in Often("licence", "telehealth_registration", "compact_privilege", "temporary_permit")
        from compact in Gen.Elements("PSYPACT", "COUNSELING", "SOCIAL_WORK")
        from home in Gen.Elements("US-IL", "US-NY", "US-OH")
        from registered in Often("US-FL", "US-KS")
        from permitted in Often("US-KS", "US-IL")
        from used in Gen.Elements(0, 14, 15)
        from status in Often("active", "suspended")
        from encumbered in Often(false, true)
        select sound with
        {
            Kind = kind,
            Status = status,
            Encumbered = encumbered,
            Jurisdiction = kind switch
            {
                "compact_privilege" => home,
                "telehealth_registration" => registered,
                "temporary_permit" => permitted,
                _ => sound.Jurisdiction,
            },
            Compact = kind == "compact_privilege" ? compact : null,
            HomeState = kind == "compact_privilege" ? home : null,
            DaysUsed = kind == "temporary_permit" ? used : null,
        };

    private static Gen<MemberFacts> Member(DateTimeOffset at, string place) =>
        from residence in Often(place, "US-FL", "US-GA", "UNKNOWN", "FOREIGN")
        from since in Often(-300, 40, 60, 90)
        from zip in Gen.Elements<string?>(null, "42223")
        from mail in Often<string?>(null, "AE")
        from stated in Often(place, "US-FL", "US-TX", "UNKNOWN")
        from hint in Often<string?>(null, "US-FL")
        from minutes in Often(2, 14, 40)
        from present in Gen.Elements<int?>(null, 5, 30)
        from lives in Often(true, true, false)
        from says in Often(true, true, false)
        from born in Often("1990-06-15", "2010-06-15", "2013-06-15")
        from guardian in Gen.Elements(true, false)
        from crisis in Often(false, true)
        select new MemberFacts(
            "m",
            Given.Day(born),
            lives ? new ResidenceFacts(residence, FirstDay.AddDays(since), residence == "UNKNOWN" ? zip : null, residence == "UNKNOWN" ? mail : null) : null,
            says ? new LocationFacts(stated, at.AddMinutes(-minutes), hint, present is { } ago ? at.AddMinutes(-ago) : null) : null,
            guardian,
            crisis
        );

    // What lies between the enrolment and the question; it begins and ends on full hours like everything else.
    private static Gen<MemberFacts> WithHistory(MemberFacts member, DateTimeOffset at) =>
        from enrolledUnder in Often<int?>(null, 1, 7)
        from grace in Often<int?>(null, 30, 400)
        from next in Often(false, true)
        from lifted in Often<int?>(null, -3, 20, 300)
        from points in Gen.Elements<string[]>([.. Points.All], [Points.Join, Points.Rejoin, Points.Recheck])
        let hour = at.AddMinutes(30)
        select member with
        {
            EnrolledUnder = enrolledUnder,
            SeatGraceUntil = grace is { } kept ? hour.AddHours(kept) : null,
            NextInLine = next,
            Override = lifted is { } lasts ? new OverrideFacts("o", points, hour.AddHours(lasts)) : null,
        };

    // From long before to long after, or inside the window.
    private static Gen<(DateOnly From, DateOnly To)> Validity() =>
        from begin in Often(-2000, 10, 40)
        from jitter in Gen.Choose(0, 20)
        from length in Often(4000, 30, 60, 20)
        select begin < 0
            ? (FirstDay.AddDays(begin), FirstDay.AddDays(length - 20 + jitter))
            : (FirstDay.AddDays(begin + jitter), FirstDay.AddDays(begin + jitter + length));

    private static Gen<T> Often<T>(T usual, params T[] others) => Gen.Frequency((4, Gen.Constant(usual)), (others.Length, Gen.Elements(others)));

    private static DateTimeOffset Instant(int hours) => new DateTimeOffset(2026, 10, 1, 0, 30, 0, TimeSpan.Zero).AddHours(hours);

    private static RuleSetDocument Bounded(RuleSetDocument document) =>
        document with
        {
            RoutePolicies =
            [
                .. document.RoutePolicies.Select(row =>
                    row.Id switch
                    {
                        "route-us-fl-licence" => row with { EffectiveTo = new(2026, 11, 10) },
                        "route-us-ny-licence" => row with { EffectiveFrom = new(2026, 10, 20) },
                        "route-us-fl-telehealth-registration" => row with { EffectiveFrom = new(2026, 10, 25), EffectiveTo = new(2026, 12, 1) },
                        "route-us-ga-skills" => row with { EffectiveTo = new(2026, 10, 31) },
                        "route-us-fl-exemption" => row with { Effect = RouteEffect.Allow, EffectiveFrom = new(2026, 11, 20), EffectiveTo = new(2026, 11, 22) },
                        _ => row,
                    }
                ),
            ],
            CompactMembers =
            [
                .. document.CompactMembers.Select(row =>
                    row.Id switch
                    {
                        "member-counseling-us-ks" => row with { OperationalFrom = new(2026, 11, 1), OperationalTo = new(2026, 11, 30) },
                        "member-counseling-us-il" => row with
                        {
                            Status = MembershipStatus.Member,
                            Confidence = Confidence.Secondary,
                            EnactedOn = new(2026, 10, 15),
                            OperationalFrom = new(2026, 11, 5),
                        },
                        "member-psypact-us-il" => row with { OperationalTo = new(2026, 11, 15) },
                        _ => row,
                    }
                ),
            ],
        };

    private static RuleSetDocument Quarrelsome(RuleSetDocument document) =>
        document with
        {
            RoutePolicies =
            [
                .. document.RoutePolicies.Select(row => row.Id == "route-us-nj-licence" ? row with { Confidence = Confidence.Disputed } : row),
                document.RoutePolicies.Single(row => row.Id == "route-us-ny-licence") with
                {
                    Id = "again",
                    Effect = RouteEffect.Deny,
                    EffectiveFrom = new(2026, 10, 28),
                },
                document.RoutePolicies.Single(row => row.Id == "route-us-il-skills") with
                {
                    Id = "again-skills",
                    Effect = RouteEffect.Hold,
                    EffectiveTo = new(2026, 11, 3),
                },
            ],
            CompactMembers =
            [
                .. document.CompactMembers,
                document.CompactMembers.Single(row => row.Id == "member-psypact-us-ks") with
                {
                    Id = "again-member",
                    OperationalFrom = new(2026, 11, 8),
                },
            ],
        };

    private static RuleSetDocument Every(RuleSetDocument document) =>
        document with
        {
            PracticePolicies = [.. document.PracticePolicies.Select(row => row with { Quorum = Quorum.EveryPresent })],
        };

    private static RuleSetDocument One(RuleSetDocument document) =>
        document with
        {
            PracticePolicies = [.. document.PracticePolicies.Select(row => row with { Quorum = Quorum.OnePresent })],
        };
}

/// <summary>One generated question.</summary>
internal sealed record World(CompiledRuleSet Rules, LicensingRequest Request)
{
    public Decision Decide() => LicensingEngine.Decide(Rules, Request, Request.At);
}
