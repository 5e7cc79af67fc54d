using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// A rule set made ready for asking: checked, indexed by number, days turned into instants. Immutable in meaning and safe to share between threads.
/// The order of rows in the document makes no difference to any answer.
/// </summary>
public sealed class CompiledRuleSet
{
    private CompiledRuleSet(RuleSetDocument document, string sha256)
    {
        Document = document;
        Reference = new RuleSetReference(document.Version, sha256);
    }

    /// <summary>Number and hash, as answers name them.</summary>
    public RuleSetReference Reference { get; }

    public RuleSetDocument Document { get; }

    public int Version => Reference.Version;

    public string Sha256 => Reference.Sha256;

    /// <summary>Hash of its law: everything but number, note and the policies of practices.</summary>
    public string LawSha256 { get; private init; } = "";

    /// <summary>Jurisdiction codes, <c>FOREIGN</c> and <c>UNKNOWN</c> included, in ordinal order.</summary>
    public IReadOnlyList<string> JurisdictionCodes { get; private set; } = [];

    internal CompiledJurisdiction[] Jurisdictions { get; private set; } = [];

    internal CompiledServiceClass[] ServiceClasses { get; private set; } = [];

    internal CompiledCompact[] Compacts { get; private set; } = [];

    internal FrozenDictionary<string, CompiledJurisdiction> JurisdictionByCode { get; private set; } = FrozenDictionary<string, CompiledJurisdiction>.Empty;

    internal FrozenDictionary<string, int> ServiceClassByCode { get; private set; } = FrozenDictionary<string, int>.Empty;

    internal FrozenDictionary<string, int> ProfessionByCode { get; private set; } = FrozenDictionary<string, int>.Empty;

    internal FrozenDictionary<string, int> CompactByCode { get; private set; } = FrozenDictionary<string, int>.Empty;

    internal FrozenDictionary<string, CompiledPractice> PracticeByCode { get; private set; } = FrozenDictionary<string, CompiledPractice>.Empty;

    /// <summary>ZIP codes that reach into several jurisdictions, with the first row that says so.</summary>
    internal FrozenDictionary<string, PostalHintRow> AmbiguousZips { get; private set; } = FrozenDictionary<string, PostalHintRow>.Empty;

    internal LocationRuleRow LocationRule => Document.LocationRule;

    internal RowReference LocationReference { get; private set; }

    /// <summary>The row of an unknown place.</summary>
    internal CompiledJurisdiction Unknown => JurisdictionByCode[Vocabulary.Unknown];

    /// <summary>Reads a document, refusing unknown fields, and compiles it.</summary>
    /// <param name="findLaw">One compiled before by its <see cref="LawSha256"/>: the law that both have is kept in memory once.</param>
    /// <exception cref="RuleSetException">The document cannot be read or is not sound.</exception>
    public static CompiledRuleSet Parse(ReadOnlySpan<byte> json, Func<string, CompiledRuleSet?>? findLaw = null)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            var element = JsonElement.ParseValue(ref reader);
            var document = element.Deserialize<RuleSetDocument>(LicensingJson.Options) ?? throw new RuleSetException(["The document is empty."]);
            return Compile(document, HashOf(element), findLaw is null ? "" : HashOfLaw(element), findLaw);
        }
        catch (JsonException unreadable)
        {
            throw new RuleSetException([$"{unreadable.Path ?? "$"}: the document cannot be read."], unreadable);
        }
    }

    /// <summary>Compiles a document built in memory; its hash is that of its canonical JSON.</summary>
    /// <exception cref="RuleSetException">The document is not sound.</exception>
    public static CompiledRuleSet Compile(RuleSetDocument document) =>
        Compile(document, HashOf(JsonSerializer.SerializeToElement(document, LicensingJson.Options)), "", null);

    /// <summary>Lower-case hexadecimal SHA-256 of the canonical bytes of a document.</summary>
    public static string HashOf(JsonElement document) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(document))));

    private static string HashOfLaw(JsonElement document)
    {
        var law = JsonObject.Create(document)!;
        foreach (var own in new[] { nameof(RuleSetDocument.Version), nameof(RuleSetDocument.Note), nameof(RuleSetDocument.PracticePolicies) })
        {
            law.Remove(JsonNamingPolicy.CamelCase.ConvertName(own));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(law))));
    }

    /// <summary>True for exact codes only.</summary>
    public bool IsJurisdiction(string code) => JurisdictionByCode.ContainsKey(code);

    /// <summary>First instant of a residence, on the calendar of its capital; the earliest instant where its first day cannot be computed with.</summary>
    public DateTimeOffset BeginningOf(ResidenceFacts residence) =>
        residence.Since is not { } since || !Bounds.Holds(since)
            ? DateTimeOffset.MinValue
            : new DateTimeOffset((JurisdictionByCode.GetValueOrDefault(residence.Jurisdiction) ?? Unknown).Calendar.StartOf(since), TimeSpan.Zero);

    /// <summary>The name as members say it; the code itself when no row has it.</summary>
    public string NameOf(string jurisdiction) => JurisdictionByCode.TryGetValue(jurisdiction, out var row) ? row.Name : jurisdiction;

    /// <summary>Places where a practice offers a service class and a rule may let it, in ordinal order, as the catalogue shows them.</summary>
    public IReadOnlyList<string> OfferedIn(string practice, string serviceClass, DateTimeOffset at)
    {
        var offer = ServiceClassByCode.TryGetValue(serviceClass, out var number) ? PracticeByCode.GetValueOrDefault(practice)?.Offers[number] : null;
        return offer is null ? [] : [.. Jurisdictions.Where(place => offer.Covers(place) && Allows(place, number, at.UtcTicks)).Select(place => place.Code)];
    }

    private bool Allows(CompiledJurisdiction place, int serviceClass, long at)
    {
        for (var profession = 0; profession < ProfessionByCode.Count; profession++)
        {
            var routes = place.Routes[(serviceClass * ProfessionByCode.Count) + profession];
            if (routes.Any(route => route.IsEffectiveAt(at) && route is { Effect: RouteEffect.Allow, IsDisputed: false }))
            {
                return true;
            }
        }

        return false;
    }

    private static CompiledRuleSet Compile(RuleSetDocument document, string sha256, string lawSha256, Func<string, CompiledRuleSet?>? findLaw)
    {
        var problems = RuleSetStructure.Problems(document);
        if (problems.Count > 0)
        {
            throw new RuleSetException(problems);
        }

        return (findLaw?.Invoke(lawSha256) ?? OfLaw(document, lawSha256)).With(document, sha256);
    }

    private static CompiledRuleSet OfLaw(RuleSetDocument document, string lawSha256)
    {
        var compiler = new RuleSetCompiler(document);
        return new CompiledRuleSet(document, "")
        {
            LawSha256 = lawSha256,
            Jurisdictions = compiler.Jurisdictions,
            JurisdictionCodes = [.. compiler.Jurisdictions.Select(row => row.Code)],
            ServiceClasses = compiler.ServiceClasses,
            Compacts = compiler.Compacts,
            JurisdictionByCode = compiler.Jurisdictions.ToFrozenDictionary(row => row.Code, StringComparer.Ordinal),
            ServiceClassByCode = compiler.ServiceClassNumbers,
            ProfessionByCode = compiler.ProfessionNumbers,
            CompactByCode = compiler.CompactNumbers,
            AmbiguousZips = document
                .PostalHints.GroupBy(row => row.Zip, StringComparer.Ordinal)
                .Where(hints => hints.SelectMany(row => row.Jurisdictions).Distinct(StringComparer.Ordinal).Count() > 1)
                .ToFrozenDictionary(hints => hints.Key, hints => hints.MinBy(row => row.Id, StringComparer.Ordinal)!, StringComparer.Ordinal),
            LocationReference = new RowReference(document.LocationRule.Id, RuleText.Citation(document.LocationRule)),
        };
    }

    // Its rows of law say the same as those here, which are taken in their place: hundreds of versions cost the memory of their practices alone.
    private CompiledRuleSet With(RuleSetDocument document, string sha256) =>
        new(Document with { Version = document.Version, Note = document.Note, PracticePolicies = document.PracticePolicies }, sha256)
        {
            LawSha256 = LawSha256,
            Jurisdictions = Jurisdictions,
            JurisdictionCodes = JurisdictionCodes,
            ServiceClasses = ServiceClasses,
            Compacts = Compacts,
            JurisdictionByCode = JurisdictionByCode,
            ServiceClassByCode = ServiceClassByCode,
            ProfessionByCode = ProfessionByCode,
            CompactByCode = CompactByCode,
            PracticeByCode = RuleSetCompiler.Practices(document.PracticePolicies, Jurisdictions, ServiceClassByCode),
            AmbiguousZips = AmbiguousZips,
            LocationReference = LocationReference,
        };
}

/// <summary>A rule set that cannot be used, with everything that is wrong with it.</summary>
public sealed class RuleSetException(IReadOnlyList<string> problems, Exception? inner = null)
    : Exception($"The rule set is not sound: {string.Join(" ", problems.Take(5))}", inner)
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Problems => problems;
}
