using GroupTherapy.Description;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/logout</c>: ends the sign-in that the token belongs to. The event and the list of revocations carry that to the other services.
/// </summary>
public static class Logout
{
    public static void MapLogout(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/logout", HandleAsync).ForSignedIn().Produces(204).Describe("signOut", Tag.Account, "End this sign-in everywhere");

    private static async Task<IResult> HandleAsync(Caller caller, HttpContext http, Db db, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        await SignInStore.RevokeAsync(work, caller.SignInId, "signed-out");
        await work.CommitAsync(ct);
        SessionCookie.Clear(http.Response);
        return TypedResults.NoContent();
    }
}
