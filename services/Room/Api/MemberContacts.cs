using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using GroupTherapy.Platform.Resilience;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace GroupTherapy.Room.Api;

/// <summary>A member's name and whom to call, as Enrollment keeps them.</summary>
public sealed record MemberContact(string LegalName, string Phone, MemberContact.Person EmergencyContact)
{
    public sealed record Person(string Name, string Phone, string Relation);
}

/// <summary>
/// Asks Enrollment for a member's contact with the facilitator's own internal token (the gateway signs it for both services on that route), because none of
/// it may travel on the bus. Enrollment decides by itself whether the facilitator may know.
/// </summary>
public sealed class MemberContacts(IConfiguration configuration) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(configuration["Enrollment:Address"] ?? "http://127.0.0.1:1") };
    private readonly ResiliencePipeline _calls = Outbound.Pipeline("enrollment", TimeSpan.FromSeconds(2));

    /// <returns>Null when Enrollment cannot be asked, or knows nothing of this member and session yet.</returns>
    public async Task<MemberContact?> FindAsync(HttpContext http, Guid session, Guid member, CancellationToken ct)
    {
        try
        {
            return await _calls.ExecuteAsync(async token =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"/internal/sessions/{session}/members/{member}/contact");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", InternalTokenAuthentication.Bearer(http.Request));
                using var response = await _http.SendAsync(request, token);
                return response.StatusCode switch
                {
                    HttpStatusCode.OK => await response.Content.ReadFromJsonAsync<MemberContact>(token),
                    HttpStatusCode.NotFound => null,
                    var status => throw new HttpRequestException("Enrollment refused.", null, status),
                };
            }, ct);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
