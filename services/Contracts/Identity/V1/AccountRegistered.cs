using MassTransit;

namespace GroupTherapy.Contracts.Identity.V1;

/// <summary>An account exists. Carries no address and no name: a service that needs them asks Identity at the moment of use.</summary>
[MessageUrn("grouptherapy:identity:account-registered:v1")]
[EntityName("identity.account-registered.v1")]
public sealed record AccountRegistered(Guid AccountId, DateTimeOffset At);
