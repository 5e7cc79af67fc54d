using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>The session of a room: what is planned and what happens.</summary>
/// <param name="PhaseVersion">Grows with each phase; other services order our events by it.</param>
/// <param name="SpeakerId">The participant who has the speaking turn; null for none.</param>
/// <param name="LastHeldUntil">When the last hold would have ended the session.</param>
/// <param name="WrappedKey">The session's key under the master key; null once retention destroyed it.</param>
/// <param name="ExtendedTo">The end that facilitators set; null when they never did.</param>
/// <param name="EndingToldFor">The end that <c>room.ending</c> announced last.</param>
/// <param name="LeadId">The participant whom the room knows as its lead.</param>
/// <param name="Camera">Of <see cref="CameraPolicies"/>.</param>
/// <param name="AdmitsNew">New members of the group may begin with it.</param>
/// <param name="InPerson">People meet in a place: there is no lobby and no joining, and facilitators record attendance.</param>
/// <param name="Version">Grows with every saved change of the room.</param>
public sealed record SessionState(
    Guid SessionId,
    Guid GroupId,
    string Practice,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    int Capacity,
    int RetentionDays,
    bool LateArrivals,
    bool Cancelled,
    long PlanVersion,
    string Phase,
    long PhaseVersion,
    bool Locked,
    int SlowSeconds,
    Guid? SpeakerId,
    DateTimeOffset? OpenedAt,
    DateTimeOffset? HeldUntil,
    DateTimeOffset? HeldSince,
    DateTimeOffset? LastHeldUntil,
    DateTimeOffset? ResumedAt,
    DateTimeOffset? EndedAt,
    string? EndReason,
    byte[]? WrappedKey,
    long Version,
    DateTimeOffset? ExtendedTo = null,
    DateTimeOffset? EndingToldFor = null,
    Guid? LeadId = null,
    string Camera = CameraPolicies.Optional,
    bool AdmitsNew = true,
    bool InPerson = false
)
{
    /// <summary>A session of which nothing is known but its plan.</summary>
    public static SessionState Planned(SessionSnapshot plan, byte[] wrappedKey) =>
        new(
            plan.SessionId,
            plan.GroupId,
            plan.Practice,
            plan.StartsAt,
            plan.EndsAt,
            plan.Capacity,
            plan.ChatRetentionDays,
            plan.LateArrivals,
            plan.Cancelled,
            PlanVersion: 0,
            Phases.Scheduled,
            PhaseVersion: 0,
            Locked: false,
            SlowSeconds: 0,
            SpeakerId: null,
            OpenedAt: null,
            HeldUntil: null,
            HeldSince: null,
            LastHeldUntil: null,
            ResumedAt: null,
            EndedAt: null,
            EndReason: null,
            wrappedKey,
            Version: 0
        );

    /// <summary>When the session is to end: as planned, or as facilitators extended it.</summary>
    public DateTimeOffset End => ExtendedTo > EndsAt ? ExtendedTo.Value : EndsAt;
}
