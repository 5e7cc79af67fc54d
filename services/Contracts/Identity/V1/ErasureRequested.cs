using MassTransit;

namespace GroupTherapy.Contracts.Identity.V1;

/// <summary>A person wants their data erased. Every service that holds any erases it and says what stays, and why.</summary>
[MessageUrn("grouptherapy:identity:erasure-requested:v1")]
[EntityName("identity.erasure-requested.v1")]
public sealed record ErasureRequested(Guid ErasureId, Guid AccountId, DateTimeOffset At);
