using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session moved, or got another length.</summary>
/// <param name="PreviousStartsAt">Its start before; null where the sender did not say.</param>
/// <param name="Cause">
/// <c>moved</c> (this one session), <c>holiday</c>, <c>series-changed</c> or <c>zone-rules</c>. <see cref="SeriesChanged"/> tells the last two once for all.
/// </param>
[MessageUrn("grouptherapy:scheduling:session-rescheduled:v1")]
[EntityName("scheduling.session-rescheduled.v1")]
public sealed record SessionRescheduled(SessionSnapshot Session, DateTimeOffset At, DateTimeOffset? PreviousStartsAt = null, string Cause = "moved");
