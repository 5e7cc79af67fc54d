using System.Net;
using System.Net.Http.Headers;
using GroupTherapy.Platform.Resilience;
using GroupTherapy.Platform.Security;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace GroupTherapy.Enrollment.Api;

/// <summary>What a room knows of a member of a group.</summary>
/// <param name="ParticipantId">In the next session; null before the member first asked to join it.</param>
/// <param name="Attended">They were in an earlier session of the group.</param>
public sealed record RoomParticipant(Guid MemberId, Guid? ParticipantId, string? Alias, bool Attended);

/// <summary>Asks Room who the members of a group are in its next session, with the caller's own internal token (the gateway signs it for both).</summary>
public sealed class RoomParticipants(IConfiguration configuration) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(configuration["Room:Address"] ?? "http://127.0.0.1:1") };
    private readonly ResiliencePipeline _calls = Outbound.Pipeline("room", TimeSpan.FromSeconds(2));

    /// <returns>By member; null while Room cannot be asked.</returns>
    public async Task<IReadOnlyDictionary<Guid, RoomParticipant>?> FindAsync(HttpContext http, Guid group, CancellationToken ct)
    {
        try
        {
            return await _calls.ExecuteAsync(async token =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"/internal/groups/{group}/participants");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", InternalTokenAuthentication.Bearer(http.Request));
                using var response = await _http.SendAsync(request, token);
                if (response.StatusCode == HttpStatusCode.NotFound)
                {
                    // Room has no session of the group yet.
                    return new Dictionary<Guid, RoomParticipant>();
                }

                response.EnsureSuccessStatusCode();
                var found = await response.Content.ReadFromJsonAsync<RoomParticipant[]>(token) ?? [];
                return (IReadOnlyDictionary<Guid, RoomParticipant>)found.ToDictionary(p => p.MemberId);
            }, ct);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();
}
