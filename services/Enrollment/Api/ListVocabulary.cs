using GroupTherapy.Description;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The words that other calls accept, as the rule set in force has them.</summary>
internal static class ListVocabulary
{
    /// <param name="Code">The value that other calls accept.</param>
    public sealed record Profession(string Code, string Name);

    /// <param name="Code">ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
    public sealed record Jurisdiction(string Code, string Name);

    public static void MapVocabulary(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/api/professions",
                async (RuleSetCache ruleSets, TimeProvider clock, CancellationToken ct) =>
                    TypedResults.Ok(
                        new Page<Profession>(
                            [
                                .. (await ruleSets.InForceAsync(clock.GetUtcNow(), ct))
                                    .Document.Professions.Select(p => new Profession(p.Code, p.Name))
                                    .OrderBy(p => p.Code),
                            ],
                            null
                        )
                    )
            )
            .ForAnyone()
            .Describe("listProfessions", Tag.Practices, "The professions that are known");
        app.MapGet(
                "/api/jurisdictions",
                async (RuleSetCache ruleSets, TimeProvider clock, CancellationToken ct) =>
                    TypedResults.Ok(
                        new Page<Jurisdiction>(
                            [
                                .. (await ruleSets.InForceAsync(clock.GetUtcNow(), ct))
                                    .Document.Jurisdictions.Select(j => new Jurisdiction(j.Code, j.Name))
                                    .OrderBy(j => j.Code, StringComparer.Ordinal),
                            ],
                            null
                        )
                    )
            )
            .ForAnyone()
            .Describe("listJurisdictions", Tag.Practices, "The jurisdictions that are known");
    }
}
