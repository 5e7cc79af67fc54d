namespace GroupTherapy.Host.Demo;

/// <summary>A facilitator as the operator enters them.</summary>
internal sealed record DemoFacilitator(string Key, string Profession, string Location, IReadOnlyList<DemoCredential> Credentials)
{
    public string Email => $"{Key}@demo.test";
}

/// <summary>A credential that is valid from a fixed day until some days after the day of loading.</summary>
internal sealed record DemoCredential(
    string Kind,
    string Jurisdiction,
    string? Type,
    string ValidFrom,
    int ValidDays,
    string? Compact = null,
    string? HomeState = null
);

internal sealed record DemoMember(
    string Key,
    string LegalName,
    string DateOfBirth,
    string Phone,
    string TimeZone,
    DemoAddress Residence,
    DemoContact EmergencyContact
)
{
    public string Email => $"{Key}@demo.test";
}

internal sealed record DemoAddress(string Line1, string City, string State, string PostalCode, string Country, string Since);

internal sealed record DemoContact(string Name, string Phone, string Relation);

/// <summary>The people of the demonstration: invented, with telephone numbers that the numbering plan keeps for fiction.</summary>
internal static class DemoPeople
{
    /// <summary>All credentials are valid for more than a year, except Ana's for New Jersey, which an operator sees ending and must renew.</summary>
    public static readonly IReadOnlyList<DemoFacilitator> Facilitators =
    [
        new(
            "ana",
            "counselor",
            "US-FL",
            [
                new("licence", "US-FL", "LMHC", "2018-04-02", 480),
                new("licence", "US-NY", "LMHC", "2018-09-03", 640),
                new("licence", "US-NJ", "LPC", "2019-01-14", 60),
            ]
        ),
        new("ben", "social_worker", "US-NY", [new("licence", "US-NY", "LCSW", "2017-06-05", 430)]),
        new(
            "cara",
            "psychologist",
            "US-IL",
            [
                new("licence", "US-IL", "PSY", "2015-10-01", 670),
                new("compact_privilege", "US-IL", null, "2022-02-01", 670, Compact: "PSYPACT", HomeState: "US-IL"),
            ]
        ),
        new(
            "dee",
            "counselor",
            "US-IL",
            [new("licence", "US-IL", "LCPC", "2016-04-01", 490), new("telehealth_registration", "US-FL", "TPP", "2024-03-01", 490)]
        ),
        new("eli", "instructor", "US-NY", []),
    ];

    public static readonly IReadOnlyList<DemoMember> Members =
    [
        new(
            "maya",
            "Maya Fernandez",
            "1991-03-14",
            "+1 813 555 0114",
            "America/New_York",
            new("1207 West Bay Street", "Tampa", "FL", "33602", "US", "2019-08-01"),
            new("Lucia Fernandez", "+1 813 555 0115", "sister")
        ),
        new(
            "nora",
            "Nora Lindqvist",
            "1986-11-02",
            "+1 718 555 0126",
            "America/New_York",
            new("58 Court Street, Apt 4C", "Brooklyn", "NY", "11201", "US", "2015-05-15"),
            new("Peter Lindqvist", "+1 718 555 0127", "husband")
        ),
        new(
            "joe",
            "Joseph Marino",
            "1979-07-23",
            "+1 201 555 0138",
            "America/New_York",
            new("311 Garden Street", "Hoboken", "NJ", "07030", "US", "2012-02-01"),
            new("Angela Marino", "+1 201 555 0139", "mother")
        ),
        new(
            "tex",
            "Travis Holloway",
            "1994-05-30",
            "+1 512 555 0142",
            "America/Chicago",
            new("2410 South Congress Avenue", "Austin", "TX", "78704", "US", "2020-10-01"),
            new("Dana Holloway", "+1 512 555 0143", "wife")
        ),
    ];
}
