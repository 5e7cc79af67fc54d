using GroupTherapy.Description;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary><c>GET|DELETE /api/identity/sessions</c>: where the own account is signed in; ends one sign-in, or all others.</summary>
public static class Sessions
{
    /// <param name="Device">Browser and system; empty where the program does not say.</param>
    /// <param name="LastUsedAt">When its tokens were last renewed.</param>
    /// <param name="EndsAt">At the latest.</param>
    /// <param name="Current">The sign-in that asks.</param>
    public sealed record Session(
        Guid Id,
        string Device,
        DateTimeOffset StartedAt,
        DateTimeOffset LastUsedAt,
        DateTimeOffset EndsAt,
        bool SecondFactor,
        bool Current
    );

    public sealed record SessionList(IReadOnlyList<Session> Items);

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/identity/sessions", ListAsync).ForSignedIn().Produces<SessionList>().Describe("listSessions", Tag.Account, "Where you are signed in");
        app.MapDelete("/api/identity/sessions/{id:guid}", EndAsync)
            .ForSignedIn()
            .Produces(204)
            .ProducesProblem(404)
            .Describe("endSession", Tag.Account, "End one of your sign-ins");
        app.MapDelete("/api/identity/sessions", EndOthersAsync)
            .ForSignedIn()
            .Produces(204)
            .Describe("endOtherSessions", Tag.Account, "End all your other sign-ins");
    }

    private static async Task<IResult> ListAsync(Caller caller, Db db, CancellationToken ct) =>
        TypedResults.Ok(
            new SessionList([
                .. (await SignInStore.ListAsync(db, caller.AccountId, ct)).Select(s => new Session(
                    s.Id,
                    s.Device,
                    s.StartedAt,
                    s.LastUsedAt,
                    s.EndsAt,
                    Domain.SignInMethods.AreTwoFactors(s.Methods),
                    s.Id == caller.SignInId
                )),
            ])
        );

    private static async Task<IResult> EndAsync(Guid id, Caller caller, Db db, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (!await SignInStore.RevokeAsync(work, id, "ended-elsewhere", caller.AccountId))
        {
            return Problem.NotFound();
        }

        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> EndOthersAsync(Caller caller, Db db, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        await SignInStore.RevokeAllAsync(work, caller.AccountId, "ended-elsewhere", but: caller.SignInId);
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }
}
