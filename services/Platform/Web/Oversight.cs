using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Platform.Web;

/// <summary>Which audit entries and failing work an operator sees: those of their practices, or all.</summary>
/// <param name="Others">SQL that answers whether the service knows of practices beside <c>@practices</c>.</param>
/// <param name="Role">The role that may read at all.</param>
public sealed record Oversight(string Others, string Role)
{
    /// <summary>Those who run the deployment see the record of every practice: ids and codes, made by the deployment's command alone.</summary>
    private const string Deployment = "platform";

    public static Problem NotYours => new(403, "not-allowed", "This also speaks of practices that are not yours. An operator of all of them may do it.");

    /// <returns>Null: everything, rows of no practice included.</returns>
    public async Task<string[]?> PracticesAsync(Db db, Caller caller, CancellationToken ct)
    {
        var practices = caller.PracticesAs(Role);
        return caller.Is(Role, Deployment) || !await db.FirstOrDefaultAsync<bool>(Others, new { practices }, ct) ? null : practices;
    }
}
