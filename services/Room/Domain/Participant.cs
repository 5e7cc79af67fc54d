namespace GroupTherapy.Room.Domain;

/// <summary>The author of an act, as every participant may know them.</summary>
public sealed record Actor(Guid ParticipantId, string Alias, string Role);

/// <summary>One person in one session, over all tabs, devices and reconnects.</summary>
/// <param name="AdmittedSeq">Events of the room up to here were before this person's admission.</param>
/// <param name="PrivateSeq">Events of the private stream up to here were before the first admission.</param>
/// <param name="HandSeq">The event of the room that raised the hand; null while it is down.</param>
/// <param name="Jurisdiction">The attested location.</param>
/// <param name="PostsRefilledAt">When the allowance of posts is whole again; at most two seconds ahead. The same for hands, reactions and help.</param>
/// <param name="SpokeAt">The last message to everybody; slow mode counts from it.</param>
/// <param name="HandoverAt">A handover was recorded for the permit that is lost now.</param>
/// <param name="WarnedUntil">The permit's end that was announced last, and in <paramref name="WarnedMinutes"/> the fewest minutes before it.</param>
/// <param name="Observers">Accounts of co-facilitators who may only observe while this member is in the room.</param>
/// <param name="LastOutcome">Of the last licensing answer; null when there was none.</param>
/// <param name="WaitingSince">Since when they wait without a break; null while they do not wait.</param>
public sealed record Participant(
    Guid ParticipantId,
    Guid AccountId,
    string Role,
    string? Alias = null,
    string Admission = Admissions.None,
    bool Present = false,
    long AdmittedSeq = 0,
    long PrivateSeq = 0,
    long? HandSeq = null,
    bool AudioMuted = false,
    bool VideoMuted = false,
    bool ChatMuted = false,
    string? Jurisdiction = null,
    DateTimeOffset? AttestedAt = null,
    bool? Alone = null,
    DateTimeOffset? PermitUntil = null,
    bool PermitLost = false,
    DateTimeOffset? RefusedAt = null,
    DateTimeOffset? LastPresentAt = null,
    DateTimeOffset? PostsRefilledAt = null,
    DateTimeOffset? HandsRefilledAt = null,
    DateTimeOffset? ReactionsRefilledAt = null,
    DateTimeOffset? SpokeAt = null,
    bool Crisis = false,
    long CrisisVersion = 0,
    DateTimeOffset? HandoverAt = null,
    DateTimeOffset? WarnedUntil = null,
    int? WarnedMinutes = null,
    Guid[]? Observers = null,
    string? LastOutcome = null,
    DateTimeOffset? WaitingSince = null,
    DateTimeOffset? HelpRefilledAt = null
)
{
    /// <summary>May lead the room now.</summary>
    public bool IsStaff => Role is RoomRoles.Lead or RoomRoles.CoFacilitator;

    /// <summary>Staff, or a facilitator who only observes while a member is here whose location they are not authorised for.</summary>
    public bool IsFacilitator => Role != RoomRoles.Member;

    public bool IsIn => Admission == Admissions.In;

    public bool IsWaiting => Admission == Admissions.Waiting && Present;

    public bool Hand => HandSeq is not null;

    public Actor Actor => new(ParticipantId, Alias ?? "", Role);

    /// <summary>Whether licensing lets this person be here. A member in an open crisis is not sent away for it.</summary>
    public bool IsCovered(DateTimeOffset now) => IsFacilitator || Crisis || (!PermitLost && (PermitUntil is not { } until || now < until));
}
