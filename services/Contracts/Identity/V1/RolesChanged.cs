using MassTransit;

namespace GroupTherapy.Contracts.Identity.V1;

/// <summary>The whole set of an account's roles as of <paramref name="Version"/> (greater wins).</summary>
/// <param name="Roles">Every role held anywhere, <c>member</c> included.</param>
/// <param name="Practices">Every practice named in <paramref name="Memberships"/>.</param>
/// <param name="Memberships">Roles by practice; null in messages of the first release, which held every role in every practice.</param>
[MessageUrn("grouptherapy:identity:roles-changed:v1")]
[EntityName("identity.roles-changed.v1")]
public sealed record RolesChanged(
    Guid AccountId,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Practices,
    long Version,
    DateTimeOffset At,
    IReadOnlyList<Membership>? Memberships = null
)
{
    /// <summary>The practices in which the account holds a role.</summary>
    public IEnumerable<string> PracticesAs(string role) =>
        Memberships is { } memberships ? memberships.Where(m => m.Roles.Contains(role)).Select(m => m.Practice)
        : Roles.Contains(role) ? Practices
        : [];
}

/// <summary>The roles that an account holds in one practice.</summary>
public sealed record Membership(string Practice, IReadOnlyList<string> Roles);
