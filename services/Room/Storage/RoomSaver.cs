using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>One room to be saved: its state after all commands of the batch, and what they changed.</summary>
/// <param name="State">Null when only permits of a session that is not known yet are saved.</param>
internal sealed record RoomSave(Guid SessionId, RoomState? State, RoomChanges Changes);

/// <summary>Writes the changes of many rooms with the COMMIT: one statement per table, all in one round trip.</summary>
internal sealed partial class RoomSaver(NodeLease lease)
{
    // An array of arrays cannot be sent, so observers travel as text.
    private static readonly string ObserversOfText = ParticipantRows.Columns.Replace("observers", "string_to_array(observers, ',')::uuid[]",
        StringComparison.Ordinal);

    /// <param name="term">The term in which this node's commands were asked; null when the batch holds none of them.</param>
    /// <returns>What was appended, to be announced after the commit.</returns>
    public IReadOnlyList<RoomCommit> Save(UnitOfWork work, IReadOnlyList<RoomSave> rooms, long? term)
    {
        var changed = rooms.Where(r => r.State is not null && (r.Changes.Any || r.Changes.Events.Count > 0)).Select(r => (State: r.State!, r.Changes)).ToList();
        if (changed.Count > 0 || term is not null)
        {
            work.WithCommit(
                "select fence_rooms($1, $2, $3, $4)", -1, lease.NodeId, (object?)term ?? DBNull.Value,
                changed.Select(r => r.State.SessionId).ToArray(), changed.Select(r => r.State.Session.Version).ToArray());
        }

        Sessions(work, changed);
        Staff(work, changed);
        Participants(work, changed);
        Connections(work, changed);
        Tickets(work, changed);
        var commits = Events(work, rooms);
        Chat(work, changed);
        Records(work, changed);
        Permits(work, rooms);
        Due(work, changed);
        foreach (var room in rooms)
        {
            foreach (var message in room.Changes.Messages)
            {
                _ = work.PublishAsync(message);
            }

            foreach (var entry in room.Changes.Audit)
            {
                work.Audit(new AuditDraft(entry.Act, entry.Who, entry.Subject, room.SessionId, entry.Data) { Practice = room.State?.Session.Practice });
            }
        }

        return commits;
    }

    private static void Sessions(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        const string Columns = SessionRows.Columns;
        var added = rooms.Where(r => r.Changes.IsNewSession).Select(r => r.State.Session).ToList();
        var moved = rooms.Where(r => r.Changes is { IsNewSession: false, Session: true }).Select(r => r.State.Session).ToList();
        var touched = rooms.Where(r => r.Changes is { IsNewSession: false, Session: false }).Select(r => r.State.SessionId).ToArray();
        const string Given =
            """
            unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::uuid[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[],
                $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22, $23, $24, $25::timestamptz[], $26::timestamptz[], $27::uuid[], $28, $29, $30)
            """;
        if (added.Count > 0)
        {
            work.WithCommit($"insert into sessions ({Columns}) select * from {Given}", added.Count, SessionColumns(added));
        }

        if (moved.Count > 0)
        {
            work.WithCommit(
                $"""
                 update sessions s set group_id = g.group_id, practice = g.practice, starts_at = g.starts_at, ends_at = g.ends_at, capacity = g.capacity,
                     retention_days = g.retention_days,
                     late_arrivals = g.late_arrivals, cancelled = g.cancelled, plan_version = g.plan_version, phase = g.phase, phase_version =
                         g.phase_version, locked = g.locked,
                     slow_seconds = g.slow_seconds, speaker_id = g.speaker_id, opened_at = g.opened_at, held_until = g.held_until, held_since = g.held_since,
                     last_held_until = g.last_held_until, resumed_at = g.resumed_at, ended_at = g.ended_at, end_reason = g.end_reason, wrapped_key =
                         g.wrapped_key, version = g.version,
                     extended_to = g.extended_to, ending_told_for = g.ending_told_for, lead_id = g.lead_id, camera = g.camera, admits_new = g.admits_new,
                     in_person = g.in_person
                 from {Given} as g ({Columns}) where s.session_id = g.session_id
                 """, moved.Count, SessionColumns(moved));
        }

        if (touched.Length > 0)
        {
            work.WithCommit("update sessions set version = version + 1 where session_id = any($1)", touched.Length, touched);
        }
    }

    private static object?[] SessionColumns(IReadOnlyList<SessionState> s) =>
    [
        Of(s, x => x.SessionId), Of(s, x => x.GroupId), Of(s, x => x.Practice), Of(s, x => x.StartsAt.UtcDateTime), Of(s, x => x.EndsAt.UtcDateTime),
            Of(s, x => x.Capacity),
        Of(s, x => x.RetentionDays), Of(s, x => x.LateArrivals), Of(s, x => x.Cancelled), Of(s, x => x.PlanVersion), Of(s, x => x.Phase),
            Of(s, x => x.PhaseVersion), Of(s, x => x.Locked),
        Of(s, x => x.SlowSeconds), Of(s, x => x.SpeakerId), Of(s, x => x.OpenedAt?.UtcDateTime), Of(s, x => x.HeldUntil?.UtcDateTime),
            Of(s, x => x.HeldSince?.UtcDateTime),
        Of(s, x => x.LastHeldUntil?.UtcDateTime), Of(s, x => x.ResumedAt?.UtcDateTime), Of(s, x => x.EndedAt?.UtcDateTime), Of(s, x => x.EndReason!),
            Of(s, x => x.WrappedKey!),
        Of(s, x => x.Version + 1), Of(s, x => x.ExtendedTo?.UtcDateTime), Of(s, x => x.EndingToldFor?.UtcDateTime), Of(s, x => x.LeadId), Of(s, x => x.Camera),
        Of(s, x => x.AdmitsNew), Of(s, x => x.InPerson),
    ];

    private static void Staff(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var changed = rooms.Where(r => r.Changes.StaffList).Select(r => r.State).ToList();
        if (changed.Count > 0)
        {
            var staff = changed.SelectMany(s => s.Staff.Select(f => (s.SessionId, f.Key, f.Value))).ToList();
            work.WithCommit("delete from session_staff where session_id = any($1)", -1, Of(changed, s => s.SessionId));
            work.WithCommit(
                "insert into session_staff (session_id, account_id, role) select * from unnest($1, $2, $3)", staff.Count,
                Of(staff, s => s.SessionId), Of(staff, s => s.Key), Of(staff, s => s.Value));
        }

        var seen = rooms.Where(r => r.Changes.StaffSeenAt is not null).ToList();
        if (seen.Count > 0)
        {
            work.WithCommit(
                """
                insert into staff_presence as p (session_id, seen_at) select * from unnest($1, $2) order by 1
                on conflict (session_id) do update set seen_at = greatest(p.seen_at, excluded.seen_at)
                """, seen.Count, Of(seen, r => r.State.SessionId), Of(seen, r => r.Changes.StaffSeenAt!.Value.UtcDateTime));
        }
    }

    private static void Participants(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var rows = rooms.SelectMany(r => r.Changes.Participants.Select(p => (Session: r.State.SessionId, P: r.State.Participants[p]))).ToList();
        if (rows.Count > 0)
        {
            work.WithCommit(
                $"""
                 insert into participants (session_id, {ParticipantRows.Columns})
                 select session_id, {ObserversOfText}
                 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
                     $28, $29, $30, $31, $32, $33)
                     as g (session_id, {ParticipantRows.Columns})
                 on conflict (session_id, participant_id) do update set role = excluded.role, alias = excluded.alias, admission = excluded.admission, present
                     = excluded.present,
                     admitted_seq = excluded.admitted_seq, private_seq = excluded.private_seq, hand_seq = excluded.hand_seq, audio_muted = excluded.audio_muted,
                         video_muted = excluded.video_muted,
                     chat_muted = excluded.chat_muted, jurisdiction = excluded.jurisdiction, attested_at = excluded.attested_at, alone = excluded.alone,
                         permit_until = excluded.permit_until,
                     permit_lost = excluded.permit_lost, refused_at = excluded.refused_at, last_present_at = excluded.last_present_at, posts_refilled_at =
                         excluded.posts_refilled_at,
                     hands_refilled_at = excluded.hands_refilled_at, reactions_refilled_at = excluded.reactions_refilled_at, spoke_at = excluded.spoke_at,
                         crisis = excluded.crisis,
                     crisis_version = excluded.crisis_version, handover_at = excluded.handover_at, warned_until = excluded.warned_until, warned_minutes =
                         excluded.warned_minutes,
                     observers = excluded.observers, last_outcome = excluded.last_outcome, waiting_since =
                         excluded.waiting_since, help_refilled_at = excluded.help_refilled_at
                 """, rows.Count,
                Of(rows, r => r.Session), Of(rows, r => r.P.ParticipantId), Of(rows, r => r.P.AccountId), Of(rows, r => r.P.Role), Of(rows, r => r.P.Alias!),
                    Of(rows, r => r.P.Admission),
                Of(rows, r => r.P.Present), Of(rows, r => r.P.AdmittedSeq), Of(rows, r => r.P.PrivateSeq), Of(rows, r => r.P.HandSeq),
                    Of(rows, r => r.P.AudioMuted), Of(rows, r => r.P.VideoMuted),
                Of(rows, r => r.P.ChatMuted), Of(rows, r => r.P.Jurisdiction!), Of(rows, r => r.P.AttestedAt?.UtcDateTime), Of(rows, r => r.P.Alone),
                    Of(rows, r => r.P.PermitUntil?.UtcDateTime),
                Of(rows, r => r.P.PermitLost), Of(rows, r => r.P.RefusedAt?.UtcDateTime), Of(rows, r => r.P.LastPresentAt?.UtcDateTime),
                    Of(rows, r => r.P.PostsRefilledAt?.UtcDateTime),
                Of(rows, r => r.P.HandsRefilledAt?.UtcDateTime), Of(rows, r => r.P.ReactionsRefilledAt?.UtcDateTime), Of(rows, r => r.P.SpokeAt?.UtcDateTime),
                    Of(rows, r => r.P.Crisis),
                Of(rows, r => r.P.CrisisVersion), Of(rows, r => r.P.HandoverAt?.UtcDateTime), Of(rows, r => r.P.WarnedUntil?.UtcDateTime),
                    Of(rows, r => r.P.WarnedMinutes),
                Of(rows, r => r.P.Observers is { Length: > 0 } observers ? string.Join(',', observers) : null!), Of(rows, r => r.P.LastOutcome!),
                Of(rows, r => r.P.WaitingSince?.UtcDateTime), Of(rows, r => r.P.HelpRefilledAt?.UtcDateTime));
        }

        var addresses = rooms.SelectMany(r => r.Changes.Addresses.Select(a => (Session: r.State.SessionId, a.Key, Sealed: r.State.Key!.Seal("addresses",
            a.Value)))).ToList();
        if (addresses.Count > 0)
        {
            work.WithCommit(
                """
                update participants p set address = g.address from unnest($1, $2, $3) as g (session_id, participant_id, address)
                where p.session_id = g.session_id and p.participant_id = g.participant_id
                """, addresses.Count, Of(addresses, a => a.Session), Of(addresses, a => a.Key), Of(addresses, a => a.Sealed));
        }
    }

    private static void Connections(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var touched = rooms.SelectMany(r => r.Changes.Connections.Select(id => (r.State.SessionId, Id: id,
            C: r.State.Connections.GetValueOrDefault(id)))).ToList();
        var gone = touched.Where(t => t.C is null).Select(t => t.Id).ToArray();
        var open = touched.Where(t => t.C is not null).Select(t => (t.SessionId, C: t.C!)).ToList();
        if (gone.Length > 0)
        {
            work.WithCommit("delete from connections where connection_id = any($1)", -1, (object)gone);
        }

        if (open.Count > 0)
        {
            work.WithCommit(
                """
                insert into connections (session_id, connection_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at, ending, closes_at)
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz[]) on conflict (connection_id) do update set ending = excluded.ending,
                    closes_at = excluded.closes_at
                """, open.Count,
                Of(open, o => o.SessionId), Of(open, o => o.C.ConnectionId), Of(open, o => o.C.ParticipantId), Of(open, o => o.C.NodeId),
                    Of(open, o => o.C.SignInId),
                Of(open, o => o.C.SignInEndsAt.UtcDateTime), Of(open, o => o.C.EnteredAt.UtcDateTime), Of(open, o => o.C.Ending!),
                    Of(open, o => o.C.ClosesAt?.UtcDateTime));
        }
    }

    private static void Tickets(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        byte[][] spent = [.. rooms.SelectMany(r => r.Changes.SpentTickets)];
        if (spent.Length > 0)
        {
            work.WithCommit("delete from tickets where hash = any($1)", -1, (object)spent);
        }

        var revoked = rooms.SelectMany(r => r.Changes.RevokedTickets.Select(p => (r.State.SessionId, P: p))).ToList();
        if (revoked.Count > 0)
        {
            work.WithCommit(
                "delete from tickets t using unnest($1, $2) as g (session, who) where t.session_id = g.session and t.participant_id = g.who", -1,
                Of(revoked, r => r.SessionId), Of(revoked, r => r.P));
        }

        Guid[] ended = [.. rooms.Where(r => r.Changes.AllTicketsRevoked).Select(r => r.State.SessionId)];
        if (ended.Length > 0)
        {
            work.WithCommit("delete from tickets where session_id = any($1)", -1, ended);
        }

        var added = rooms.SelectMany(r => r.Changes.NewTickets.Select(t => (r.State.SessionId, T: t))).ToList();
        if (added.Count > 0)
        {
            work.WithCommit("delete from tickets where session_id = any($1) and expires_at < $2", -1, added.Select(a => a.SessionId).Distinct().ToArray(),
                work.Now.UtcDateTime);
            work.WithCommit(
                "insert into tickets (hash, session_id, participant_id, account_id, expires_at) select * from unnest($1, $2, $3, $4, $5)", added.Count,
                Of(added, a => a.T.Hash), Of(added, a => a.SessionId), Of(added, a => a.T.ParticipantId), Of(added, a => a.T.AccountId),
                    Of(added, a => a.T.ExpiresAt.UtcDateTime));
        }
    }

    private static TValue[] Of<T, TValue>(IReadOnlyList<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var n = 0; n < values.Length; n++)
        {
            values[n] = value(rows[n]);
        }

        return values;
    }
}
