using MassTransit;

namespace GroupTherapy.Contracts.Identity.V1;

/// <summary>The whole set of roles and practices of an account, as of <paramref name="Version"/> (greater wins).</summary>
[MessageUrn("grouptherapy:identity:roles-changed:v1")]
[EntityName("identity.roles-changed.v1")]
public sealed record RolesChanged(
    Guid AccountId,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Practices,
    long Version,
    DateTimeOffset At);
