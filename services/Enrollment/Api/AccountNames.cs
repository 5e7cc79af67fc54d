using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>An account as Identity shows it to an operator.</summary>
/// <param name="Version">Of the account's roles, as <c>RolesChanged</c> carries it.</param>
/// <param name="FacilitatorIn">The practices in which the account is a facilitator, those of other operators too.</param>
public sealed record AccountCard(Guid Id, string? DisplayName, string? Email, long Version, IReadOnlyList<string> FacilitatorIn);

/// <summary>
/// Asks Identity for names and addresses with the operator's own internal token (the gateway signs it for both services on these routes), because neither may
/// travel on the bus.
/// A list without Identity shows no e-mail; nothing on a member's path comes here.
/// </summary>
public sealed class AccountNames(IConfiguration configuration) : IDisposable
{
    private readonly OptionalServiceClient _identity = new("identity", configuration["Identity:Address"]);

    /// <returns>Accounts by id, or null while Identity cannot be asked.</returns>
    public async Task<IReadOnlyDictionary<Guid, AccountCard>?> FindAsync(HttpContext http, IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, AccountCard>()
            : (await _identity.AskAsync<AccountCard[]>(http, $"/internal/accounts?ids={string.Join(',', ids)}", ct)).Value?.ToDictionary(c => c.Id);

    public void Dispose() => _identity.Dispose();
}
