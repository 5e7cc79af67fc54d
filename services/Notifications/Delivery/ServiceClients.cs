using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Platform.Resilience;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>Where an account's mails go.</summary>
/// <param name="Disabled">Nothing is sent to a closed account.</param>
public sealed record Recipient(Guid AccountId, string Email, bool Disabled);

/// <summary>A mail that Identity asked for, with its address and its single-use link. Both exist only while the mail is made.</summary>
public sealed record RequestedMail(
    string To,
    string Kind,
    Guid? AccountId = null,
    string? Language = null,
    string? Practice = null,
    string? Link = null,
    DateTimeOffset? ExpiresAt = null
);

/// <summary>The roles of one account in one practice.</summary>
/// <param name="Version">As <c>RolesChanged</c> carries it.</param>
public sealed record StaffRoles(Guid AccountId, long Version, string Practice, string[] Roles);

/// <summary>Language and zone of a member's profile.</summary>
public sealed record ProfileWishes(Guid AccountId, string? Language, string? TimeZone);

/// <summary>
/// Asks another service in this service's own name, with the key that the deployment gave it for that. Addresses and tokens come this way at the moment of
/// sending, and are stored nowhere.
/// </summary>
public abstract class ServiceClient(string name, string? address, string? key) : IDisposable
{
    private const string KeyHeader = "GT-Service-Key";
    private readonly HttpClient _http = new() { BaseAddress = new Uri(address is { Length: > 0 } ? address : "http://127.0.0.1:1") };
    private readonly ResiliencePipeline _calls = Outbound.Pipeline(name, TimeSpan.FromSeconds(5));

    /// <returns>Not reached: the service is away, or does not answer so that it can be read. Reached without a value: 404 or 410.</returns>
    protected async Task<(bool Reached, T? Value)> AskAsync<T>(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        try
        {
            return await _calls.ExecuteAsync(
                async token =>
                {
                    using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
                    request.Headers.Add(KeyHeader, key);
                    using var response = await _http.SendAsync(request, token);
                    return response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone
                        ? (true, default)
                        : (true, await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<T>(token));
                },
                ct
            );
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or JsonException)
        {
            return (false, default);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Asks Identity for addresses.</summary>
public sealed class IdentityClient(IConfiguration configuration) : ServiceClient("identity", configuration["Identity:Address"], configuration["Service:Key"])
{
    private sealed record Found(IReadOnlyList<Recipient> Items);

    /// <returns>Null while Identity cannot be asked. Accounts that it does not know are left out.</returns>
    public async Task<IReadOnlyDictionary<Guid, Recipient>?> RecipientsAsync(IReadOnlyCollection<Guid> accounts, CancellationToken ct)
    {
        if (accounts.Count == 0)
        {
            return new Dictionary<Guid, Recipient>();
        }

        var (reached, found) = await AskAsync<Found>(HttpMethod.Post, "/internal/recipients", new { accountIds = accounts }, ct);
        return reached && found is not null ? found.Items.ToDictionary(r => r.AccountId) : null;
    }

    private sealed record Staff(IReadOnlyList<StaffRoles> Items);

    /// <returns>Everybody who works for a practice; null while Identity cannot be asked.</returns>
    public async Task<IReadOnlyList<StaffRoles>?> StaffAsync(CancellationToken ct) =>
        (await AskAsync<Staff>(HttpMethod.Get, "/internal/staff", null, ct)).Value?.Items;

    /// <returns>Not reached: ask again later. Reached without a value: the mail is over.</returns>
    public Task<(bool Reached, RequestedMail? Value)> MailAsync(Guid request, CancellationToken ct) =>
        AskAsync<RequestedMail>(HttpMethod.Get, $"/internal/mails/{request}", null, ct);
}

/// <summary>Asks Enrollment for what members' profiles say about mails.</summary>
public sealed class EnrollmentClient(IConfiguration configuration)
    : ServiceClient("enrollment", configuration["Enrollment:Address"], configuration["Service:Key"])
{
    private sealed record Found(IReadOnlyList<ProfileWishes> Items);

    /// <returns>Null while Enrollment cannot be asked.</returns>
    public async Task<IReadOnlyList<ProfileWishes>?> WishesAsync(IReadOnlyCollection<Guid> accounts, CancellationToken ct) =>
        (await AskAsync<Found>(HttpMethod.Post, "/internal/preferences", new { accountIds = accounts }, ct)).Value?.Items;
}
