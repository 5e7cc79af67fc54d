using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Room.Api;

/// <summary>A member's name and whom to call, as Enrollment keeps them.</summary>
public sealed record MemberContact(string LegalName, string Phone, MemberContact.Person EmergencyContact)
{
    public sealed record Person(string Name, string Phone, string Relation);
}

/// <summary>
/// Asks Enrollment for a member's contact with the caller's own internal token (the gateway signs it for both services on that route), because none of
/// it may travel on the bus. Enrollment decides by itself whether the caller may know.
/// </summary>
public sealed class MemberContacts(IConfiguration configuration) : IDisposable
{
    private readonly OptionalServiceClient _enrollment = new("enrollment", configuration["Enrollment:Address"]);

    /// <param name="breakGlass">The caller has a break-glass opening of the group.</param>
    /// <returns>Null when Enrollment cannot be asked, or knows nothing of this member and session yet.</returns>
    public async Task<MemberContact?> FindAsync(HttpContext http, Guid session, Guid member, bool breakGlass, CancellationToken ct) =>
        (await _enrollment.AskAsync<MemberContact>(http, $"/internal/sessions/{session}/members/{member}/contact?breakGlass={breakGlass}", ct)).Value;

    public void Dispose() => _enrollment.Dispose();
}
