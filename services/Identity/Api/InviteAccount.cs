using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Text;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary><c>POST /api/identity/accounts</c>: an operator invites a facilitator or another operator into the operator's own practices.</summary>
public static class InviteAccount
{
    public sealed record InviteRequest(string? Email, string? DisplayName, string[]? Roles);

    /// <param name="Invitation">Single use, 72 h. Stored as a hash; a response replayed for its <c>Idempotency-Key</c> repeats it for 24 h.</param>
    public sealed record Invited(Guid Id, string Invitation);

    public static void MapInviteAccount(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/accounts", HandleAsync).For(Roles.Operator).Produces<Invited>(201);

    private static async Task<IResult> HandleAsync(InviteRequest request, Caller caller, HttpContext http, Writes writes, AccountManagers managers)
    {
        var (email, name) = (request.Email?.Trim(), request.DisplayName is { } wish ? NameRules.Trim(wish) : null);
        var roles = request.Roles ?? [];
        var errors = new FieldErrors()
            .Check(EmailRules.IsValid(email), "email", "This is not an e-mail address that we can use.")
            .Name(name, "displayName", 100)
            .Check(
                roles.Length > 0 && roles.All(InvitationStore.Invitable.Contains),
                "roles", $"One or both of {string.Join(", ", InvitationStore.Invitable)}.")
            .Check(roles.Distinct().Count() == roles.Length, "roles", "Each role once.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return await writes.RunAsync(http, caller, request, async work =>
            await InvitationStore.MakeAsync(
                work, managers, email!, name!, roles, [.. caller.Practices.Order(StringComparer.Ordinal)], caller.AccountId) is { } made
                ? Reply.Created($"/api/identity/accounts/{made.Account}", new Invited(made.Account, made.Token))
                : Reply.Refused(Problem.TryAgain()));
    }
}
