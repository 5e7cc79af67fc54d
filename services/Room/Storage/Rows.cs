using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>The columns of a session, in the order of <see cref="SessionState"/>.</summary>
internal static class SessionRows
{
    // A row that is saved is one version on.
    public static readonly ColumnMap<SessionState> Columns = new ColumnMap<SessionState>()
        .With("session_id", s => s.SessionId)
        .With("group_id", s => s.GroupId)
        .With("practice", s => s.Practice)
        .With("starts_at", s => s.StartsAt.UtcDateTime)
        .With("ends_at", s => s.EndsAt.UtcDateTime)
        .With("capacity", s => s.Capacity)
        .With("retention_days", s => s.RetentionDays)
        .With("late_arrivals", s => s.LateArrivals)
        .With("cancelled", s => s.Cancelled)
        .With("plan_version", s => s.PlanVersion)
        .With("phase", s => s.Phase)
        .With("phase_version", s => s.PhaseVersion)
        .With("locked", s => s.Locked)
        .With("slow_seconds", s => s.SlowSeconds)
        .With("speaker_id", s => s.SpeakerId, "uuid[]")
        .With("opened_at", s => s.OpenedAt?.UtcDateTime, "timestamptz[]")
        .With("held_until", s => s.HeldUntil?.UtcDateTime, "timestamptz[]")
        .With("held_since", s => s.HeldSince?.UtcDateTime, "timestamptz[]")
        .With("last_held_until", s => s.LastHeldUntil?.UtcDateTime, "timestamptz[]")
        .With("resumed_at", s => s.ResumedAt?.UtcDateTime, "timestamptz[]")
        .With("ended_at", s => s.EndedAt?.UtcDateTime, "timestamptz[]")
        .With("end_reason", s => s.EndReason!)
        .With("wrapped_key", s => s.WrappedKey!)
        .With("version", s => s.Version + 1)
        .With("extended_to", s => s.ExtendedTo?.UtcDateTime, "timestamptz[]")
        .With("ending_told_for", s => s.EndingToldFor?.UtcDateTime, "timestamptz[]")
        .With("lead_id", s => s.LeadId, "uuid[]")
        .With("camera", s => s.Camera)
        .With("admits_new", s => s.AdmitsNew)
        .With("in_person", s => s.InPerson);
}

/// <summary>The columns of a participant beside the session's id, in the order of <see cref="Participant"/>.</summary>
internal static class ParticipantRows
{
    public static readonly ColumnMap<Participant> Columns = new ColumnMap<Participant>()
        .With("participant_id", p => p.ParticipantId)
        .With("account_id", p => p.AccountId)
        .With("role", p => p.Role)
        .With("alias", p => p.Alias!)
        .With("admission", p => p.Admission)
        .With("present", p => p.Present)
        .With("admitted_seq", p => p.AdmittedSeq)
        .With("private_seq", p => p.PrivateSeq)
        .With("hand_seq", p => p.HandSeq)
        .With("audio_muted", p => p.AudioMuted)
        .With("video_muted", p => p.VideoMuted)
        .With("chat_muted", p => p.ChatMuted)
        .With("jurisdiction", p => p.Jurisdiction!)
        .With("attested_at", p => p.AttestedAt?.UtcDateTime)
        .With("alone", p => p.Alone)
        .With("permit_until", p => p.PermitUntil?.UtcDateTime)
        .With("permit_lost", p => p.PermitLost)
        .With("refused_at", p => p.RefusedAt?.UtcDateTime)
        .With("last_present_at", p => p.LastPresentAt?.UtcDateTime)
        .With("posts_refilled_at", p => p.PostsRefilledAt?.UtcDateTime)
        .With("hands_refilled_at", p => p.HandsRefilledAt?.UtcDateTime)
        .With("reactions_refilled_at", p => p.ReactionsRefilledAt?.UtcDateTime)
        .With("spoke_at", p => p.SpokeAt?.UtcDateTime)
        .With("crisis", p => p.Crisis)
        .With("crisis_version", p => p.CrisisVersion)
        .With("handover_at", p => p.HandoverAt?.UtcDateTime)
        .With("warned_until", p => p.WarnedUntil?.UtcDateTime)
        .With("warned_minutes", p => p.WarnedMinutes)
        .With("observers", p => p.Observers is { Length: > 0 } observers ? string.Join(',', observers) : null!)
        .With("last_outcome", p => p.LastOutcome!)
        .With("waiting_since", p => p.WaitingSince?.UtcDateTime)
        .With("help_refilled_at", p => p.HelpRefilledAt?.UtcDateTime);
}
