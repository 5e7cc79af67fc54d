using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session will not take place. The reason stays in Scheduling: it is free text.</summary>
/// <param name="Cause"><c>cancelled</c> (this one session), <c>holiday</c>, <c>quorum</c>, <c>series-changed</c> or <c>group-closed</c>.</param>
[MessageUrn("grouptherapy:scheduling:session-cancelled:v1")]
[EntityName("scheduling.session-cancelled.v1")]
public sealed record SessionCancelled(SessionSnapshot Session, DateTimeOffset At, string Cause = "cancelled");
