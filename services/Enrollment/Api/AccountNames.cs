using System.Net;
using System.Net.Http.Headers;
using GroupTherapy.Platform.Resilience;
using GroupTherapy.Platform.Security;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

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
    private readonly HttpClient _http = new() { BaseAddress = new Uri(configuration["Identity:Address"] ?? "http://127.0.0.1:1") };
    private readonly ResiliencePipeline _calls = Outbound.Pipeline("identity", TimeSpan.FromSeconds(2));

    /// <returns>Accounts by id, or null while Identity cannot be asked.</returns>
    public async Task<IReadOnlyDictionary<Guid, AccountCard>?> FindAsync(HttpContext http, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return new Dictionary<Guid, AccountCard>();
        }

        try
        {
            return await _calls.ExecuteAsync(async token =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"/internal/accounts?ids={string.Join(',', ids)}");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", InternalTokenAuthentication.Bearer(http.Request));
                using var response = await _http.SendAsync(request, token);
                if (response.StatusCode != HttpStatusCode.OK)
                {
                    throw new HttpRequestException("Identity refused.", null, response.StatusCode);
                }

                var cards = await response.Content.ReadFromJsonAsync<AccountCard[]>(token) ?? [];
                return (IReadOnlyDictionary<Guid, AccountCard>)cards.ToDictionary(c => c.Id);
            }, ct);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
