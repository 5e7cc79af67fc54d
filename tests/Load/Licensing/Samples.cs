using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Load.Licensing;

/// <summary>The questions that are measured, on the seeded rule set.</summary>
internal static class Samples
{
    public static CompiledRuleSet Rules => SeededRuleSet.Compiled;

    public static DateTimeOffset Evening { get; } = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The seeded rule set without Florida's licence route: the draft that impacts try.</summary>
    public static CompiledRuleSet WithoutFlorida { get; } = CompiledRuleSet.Compile(SeededRuleSet.Compiled.Document with
    {
        Version = 2,
        RoutePolicies = [.. SeededRuleSet.Compiled.Document.RoutePolicies.Select(row => row.Id == "route-us-fl-licence"
            ? row with { Effect = RouteEffect.Deny } : row)],
    });

    /// <summary>An adult at home joins a group led by a counselor with three licences, one of which ends within the year.</summary>
    public static LicensingRequest Join(string place, int born = 1990) => new(
        "grouport", Points.Join, Evening, Evening.AddHours(1), Vocabulary.Video, new GroupFacts("psychotherapy_group", 18),
        [new FacilitatorFacts("ana", Vocabulary.Lead, "counselor", "US-FL",
            [Licence("US-FL", "LMHC", new DateOnly(2027, 3, 31)), Licence("US-NY", "LMHC", new DateOnly(2028, 8, 31)),
                Licence("US-NJ", "LPC", new DateOnly(2027, 6, 30))])],
        new MemberFacts("m", new DateOnly(born, 1, 1), new ResidenceFacts(place, new DateOnly(2020, 1, 1)), new LocationFacts(place, Evening.AddMinutes(-2))));

    /// <summary>
    /// The dearest question known: a minor enrols in a series, three facilitators must each be asked, every credential has a defect, compacts are tried from
    /// both sides, and what could be had instead is tried too.
    /// </summary>
    public static LicensingRequest Worst()
    {
        string[] homes = ["US-IL", "US-KS", "US-NJ", "US-FL"];
        FacilitatorFacts Tangled(string id, string role) => new(id, role, "psychologist", "US-NY",
        [
            .. homes.Select(home => new CredentialFacts(Vocabulary.Licence, home, "suspended", new DateOnly(2027, 1, 1), new DateOnly(2027, 6, 30), true,
                "PSY")),
            .. homes.Select(home => new CredentialFacts(Vocabulary.CompactPrivilege, home, "pending", new DateOnly(2026, 12, 1), new DateOnly(2027, 5, 31),
                true, null, "PSYPACT", home)),
            new CredentialFacts(Vocabulary.TelehealthRegistration, "US-FL", "active", new DateOnly(2024, 1, 1), new DateOnly(2026, 12, 31), false, "TPP"),
            new CredentialFacts(Vocabulary.TemporaryPermit, "US-FL", "active", new DateOnly(2026, 1, 1), new DateOnly(2026, 12, 31), false, DaysUsed: 15),
        ]);
        return Join("US-FL", 2014) with
        {
            Point = Points.Enrol,
            Until = Evening.AddDays(365),
            Facilitators = [Tangled("a", Vocabulary.Lead), Tangled("b", Vocabulary.Lead), Tangled("c", Vocabulary.Co)],
        };
    }

    /// <summary>
    /// Enrolments × a year of weekly sessions, made as they are asked for. Four places, ages around the age of majority, licences that end within the year.
    /// </summary>
    /// <param name="shared">Sessions of one enrolment share their facts, as they do when read from the database; otherwise each is decided alone.</param>
    public static IEnumerable<EnrolmentSession> Year(int pairs, bool shared)
    {
        string[] places = ["US-FL", "US-NY", "US-NJ", "US-TX"];
        const int Weeks = 50;
        for (var done = 0; done < pairs; done += Weeks)
        {
            var enrolment = done / Weeks;
            var id = new Guid(enrolment, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            var facts = Join(places[enrolment % places.Length], enrolment % 10 == 0 ? 2009 : 1990);
            for (var week = 0; week < Weeks && done + week < pairs; week++)
            {
                yield return new EnrolmentSession(id, id, id, new Guid(enrolment % 400, 2, (short)week, 0, 0, 0, 0, 0, 0, 0, 0), Evening.AddDays(7 * week),
                    shared ? facts : facts with { RuleSet = null });
            }
        }
    }

    private static CredentialFacts Licence(string place, string type, DateOnly to) =>
        new(Vocabulary.Licence, place, Vocabulary.Active, new DateOnly(2018, 1, 1), to, false, type);
}
