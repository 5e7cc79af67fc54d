namespace GroupTherapy.Room.Storage;

/// <summary>The columns of a session, in the order of <see cref="Domain.SessionState"/>.</summary>
internal static class SessionRows
{
    public const string Columns =
        """
        session_id, group_id, practice, starts_at, ends_at, capacity, retention_days, late_arrivals, cancelled, plan_version,
        phase, phase_version, locked, slow_seconds, speaker_id, opened_at, held_until, held_since,
        last_held_until, resumed_at, ended_at, end_reason, wrapped_key, version,
        extended_to, ending_told_for, lead_id, camera, admits_new, in_person
        """;
}

/// <summary>The columns of a participant, in the order of <see cref="Domain.Participant"/>.</summary>
internal static class ParticipantRows
{
    public const string Columns =
        """
        participant_id, account_id, role, alias, admission, present, admitted_seq, private_seq,
        hand_seq, audio_muted, video_muted, chat_muted, jurisdiction, attested_at, alone,
        permit_until, permit_lost, refused_at, last_present_at, posts_refilled_at,
        hands_refilled_at, reactions_refilled_at, spoke_at, crisis, crisis_version,
        handover_at, warned_until, warned_minutes, observers, last_outcome, waiting_since, help_refilled_at
        """;
}
