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
    private static readonly string InsertSessions =
        $"insert into sessions ({SessionRows.Columns.Names}) select * from unnest({SessionRows.Columns.Parameters()})";

    private static readonly string UpdateSessions = $"""
        update sessions s set {SessionRows.Columns.Assignments("g", except: "session_id")}
        from unnest({SessionRows.Columns.Parameters()}) as g ({SessionRows.Columns.Names}) where s.session_id = g.session_id
        """;

    // An array of arrays cannot be sent, so observers travel as text.
    private static readonly string SaveParticipants = $"""
        insert into participants (session_id, {ParticipantRows.Columns.Names})
        select session_id, {ParticipantRows.Columns.Names.Replace("observers", "string_to_array(observers, ',')::uuid[]", StringComparison.Ordinal)}
        from unnest($1, {ParticipantRows.Columns.Parameters(first: 2)}) as g (session_id, {ParticipantRows.Columns.Names})
        on conflict (session_id, participant_id) do update set {ParticipantRows.Columns.Assignments("excluded", "participant_id", "account_id")}
        """;

    /// <param name="term">The term in which this node's commands were asked; null when the batch holds none of them.</param>
    /// <returns>The appended events, to be announced after the commit.</returns>
    public IReadOnlyList<RoomCommit> Save(UnitOfWork work, IReadOnlyList<RoomSave> rooms, long? term)
    {
        var changed = rooms.Where(r => r.State is not null && r.Changes.ChangesRows).Select(r => (State: r.State!, r.Changes)).ToList();
        if (changed.Count > 0 || term is not null)
        {
            work.WithCommit(
                "select fence_rooms($1, $2, $3, $4)",
                lease.NodeId,
                term,
                changed.Select(r => r.State.SessionId).ToArray(),
                changed.Select(r => r.State.Session.Version).ToArray()
            );
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
                work.Publish(message);
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
        var added = rooms.Where(r => r.Changes.IsNewSession).Select(r => r.State.Session).ToList();
        var moved = rooms.Where(r => r.Changes is { IsNewSession: false, Session: true }).Select(r => r.State.Session).ToList();
        var touched = rooms.Where(r => r.Changes is { IsNewSession: false, Session: false }).Select(r => r.State.SessionId).ToArray();
        if (added.Count > 0)
        {
            work.WithCommit(InsertSessions, SessionRows.Columns.ValuesOf(added));
        }

        if (moved.Count > 0)
        {
            work.WithCommit(UpdateSessions, SessionRows.Columns.ValuesOf(moved));
        }

        if (touched.Length > 0)
        {
            work.WithCommit("update sessions set version = version + 1 where session_id = any($1)", touched);
        }
    }

    private static void Staff(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var changed = rooms.Where(r => r.Changes.StaffList).Select(r => r.State).ToList();
        if (changed.Count > 0)
        {
            var staff = changed.SelectMany(s => s.Staff.Select(f => (s.SessionId, f.Key, f.Value))).ToList();
            work.WithCommit("delete from session_staff where session_id = any($1)", changed.Column(s => s.SessionId));
            work.WithCommit(
                "insert into session_staff (session_id, account_id, role) select * from unnest($1, $2, $3)",
                staff.Column(s => s.SessionId),
                staff.Column(s => s.Key),
                staff.Column(s => s.Value)
            );
        }

        var seen = rooms.Where(r => r.Changes.StaffSeenAt is not null).ToList();
        if (seen.Count > 0)
        {
            work.WithCommit(
                """
                insert into staff_presence as p (session_id, seen_at) select * from unnest($1, $2) order by 1
                on conflict (session_id) do update set seen_at = greatest(p.seen_at, excluded.seen_at)
                """,
                seen.Column(r => r.State.SessionId),
                seen.Column(r => r.Changes.StaffSeenAt!.Value.UtcDateTime)
            );
        }
    }

    private static void Participants(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var rows = rooms.SelectMany(r => r.Changes.Participants.Select(p => (Session: r.State.SessionId, P: r.State.Participants[p]))).ToList();
        if (rows.Count > 0)
        {
            work.WithCommit(SaveParticipants, [rows.Column(r => r.Session), .. ParticipantRows.Columns.ValuesOf(rows.Column(r => r.P))]);
        }

        var addresses = rooms
            .SelectMany(r => r.Changes.Addresses.Select(a => (Session: r.State.SessionId, a.Key, Sealed: r.State.Key!.Seal("addresses", a.Value))))
            .ToList();
        if (addresses.Count > 0)
        {
            work.WithCommit(
                """
                update participants p set address = g.address from unnest($1, $2, $3) as g (session_id, participant_id, address)
                where p.session_id = g.session_id and p.participant_id = g.participant_id
                """,
                addresses.Column(a => a.Session),
                addresses.Column(a => a.Key),
                addresses.Column(a => a.Sealed)
            );
        }
    }

    private static void Connections(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var touched = rooms
            .SelectMany(r => r.Changes.Connections.Select(id => (r.State.SessionId, Id: id, C: r.State.Connections.GetValueOrDefault(id))))
            .ToList();
        var gone = touched.Where(t => t.C is null).Select(t => t.Id).ToArray();
        var open = touched.Where(t => t.C is not null).Select(t => (t.SessionId, C: t.C!)).ToList();
        if (gone.Length > 0)
        {
            work.WithCommit("delete from connections where connection_id = any($1)", (object)gone);
        }

        if (open.Count > 0)
        {
            work.WithCommit(
                """
                insert into connections (session_id, connection_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at, ending, closes_at)
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz[]) on conflict (connection_id) do update set ending = excluded.ending,
                    closes_at = excluded.closes_at
                """,
                open.Column(o => o.SessionId),
                open.Column(o => o.C.ConnectionId),
                open.Column(o => o.C.ParticipantId),
                open.Column(o => o.C.NodeId),
                open.Column(o => o.C.SignInId),
                open.Column(o => o.C.SignInEndsAt.UtcDateTime),
                open.Column(o => o.C.EnteredAt.UtcDateTime),
                open.Column(o => o.C.Ending!),
                open.Column(o => o.C.ClosesAt?.UtcDateTime)
            );
        }
    }

    private static void Tickets(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        byte[][] spent = [.. rooms.SelectMany(r => r.Changes.SpentTickets)];
        if (spent.Length > 0)
        {
            work.WithCommit("delete from tickets where hash = any($1)", (object)spent);
        }

        var revoked = rooms.SelectMany(r => r.Changes.RevokedTickets.Select(p => (r.State.SessionId, P: p))).ToList();
        if (revoked.Count > 0)
        {
            work.WithCommit(
                "delete from tickets t using unnest($1, $2) as g (session, who) where t.session_id = g.session and t.participant_id = g.who",
                revoked.Column(r => r.SessionId),
                revoked.Column(r => r.P)
            );
        }

        Guid[] ended = [.. rooms.Where(r => r.Changes.AllTicketsRevoked).Select(r => r.State.SessionId)];
        if (ended.Length > 0)
        {
            work.WithCommit("delete from tickets where session_id = any($1)", ended);
        }

        var added = rooms.SelectMany(r => r.Changes.NewTickets.Select(t => (r.State.SessionId, T: t))).ToList();
        if (added.Count > 0)
        {
            work.WithCommit(
                "delete from tickets where session_id = any($1) and expires_at < $2",
                added.Select(a => a.SessionId).Distinct().ToArray(),
                work.Now.UtcDateTime
            );
            work.WithCommit(
                "insert into tickets (hash, session_id, participant_id, account_id, expires_at) select * from unnest($1, $2, $3, $4, $5)",
                added.Column(a => a.T.Hash),
                added.Column(a => a.SessionId),
                added.Column(a => a.T.ParticipantId),
                added.Column(a => a.T.AccountId),
                added.Column(a => a.T.ExpiresAt.UtcDateTime)
            );
        }
    }
}
