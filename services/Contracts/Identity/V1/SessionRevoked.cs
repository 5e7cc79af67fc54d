using MassTransit;

namespace GroupTherapy.Contracts.Identity.V1;

/// <summary>A sign-in ended before its time: its tokens stop counting and its open connections close within 5 s.</summary>
[MessageUrn("grouptherapy:identity:session-revoked:v1")]
[EntityName("identity.session-revoked.v1")]
public sealed record SessionRevoked(Guid SignInId, Guid AccountId, DateTimeOffset At);
