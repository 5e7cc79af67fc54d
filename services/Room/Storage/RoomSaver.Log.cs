using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

internal sealed partial class RoomSaver
{
    private static readonly TimeSpan MediaFallback = TimeSpan.FromSeconds(1);

    private static List<RoomCommit> Events(UnitOfWork work, IReadOnlyList<RoomSave> rooms)
    {
        List<RoomCommit> commits =
        [
            .. rooms
                .Where(r => r.Changes.Events.Count > 0 || r.Changes.ChecksConnections || r.Changes.Media)
                .Select(r => new RoomCommit(r.SessionId, [.. r.Changes.Events.Select(e => Stored(r.State!, e))], r.Changes.ChecksConnections, r.Changes.Media)),
        ];
        var events = commits.SelectMany(c => c.Events.Select(e => (c.SessionId, E: e))).ToList();
        if (events.Count > 0)
        {
            work.WithCommit(
                """
                insert into room_events (session_id, stream, seq, at, kind, by_id, by_alias, by_role, data, sealed)
                select * from unnest($1, $2, $3, $4, $5, $6::uuid[], $7, $8, $9, $10)
                """,
                events.Column(e => e.SessionId),
                events.Column(e => e.E.Stream),
                events.Column(e => e.E.Seq),
                events.Column(e => e.E.At.UtcDateTime),
                events.Column(e => e.E.Kind),
                events.Column(e => e.E.ById),
                events.Column(e => e.E.ByAlias!),
                events.Column(e => e.E.ByRole!),
                events.Column(e => e.E.Data!),
                events.Column(e => e.E.Sealed!)
            );
            var ends = rooms
                .Where(r => r.State is not null)
                .SelectMany(r => r.Changes.Streams.Select(s => (r.SessionId, Stream: s, End: r.State!.Streams[s])))
                .ToList();
            work.WithCommit(
                """
                insert into room_streams (session_id, stream, last_seq, last_at) select * from unnest($1, $2, $3, $4)
                on conflict (session_id, stream) do update set last_seq = excluded.last_seq, last_at = excluded.last_at
                """,
                ends.Column(e => e.SessionId),
                ends.Column(e => e.Stream),
                ends.Column(e => e.End.Seq),
                ends.Column(e => e.End.At.UtcDateTime)
            );
        }

        return commits;
    }

    private static StoredEvent Stored(RoomState room, RoomEvent e)
    {
        var isSealed = Kinds.IsSealed(e.Kind);
        return new StoredEvent(
            e.Stream,
            e.Seq,
            e.At,
            e.Kind,
            e.By?.ParticipantId,
            e.By?.Alias,
            e.By?.Role,
            isSealed ? null : RoomJson.Of(e.Data),
            isSealed ? (room.Key ?? throw new InvalidOperationException("The session's key is gone.")).Seal(e.Stream, RoomJson.Bytes(e.Data)) : null
        );
    }

    private static void Chat(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var posts = rooms.SelectMany(r => r.Changes.Posts.Select(p => (r.State.SessionId, P: p))).ToList();
        if (posts.Count > 0)
        {
            work.WithCommit(
                "insert into posts (session_id, participant_id, client_id, stream, seq, digest) select * from unnest($1, $2, $3, $4, $5, $6)",
                posts.Column(p => p.SessionId),
                posts.Column(p => p.P.ParticipantId),
                posts.Column(p => p.P.ClientId),
                posts.Column(p => p.P.Stream),
                posts.Column(p => p.P.Seq),
                posts.Column(p => p.P.Digest)
            );
        }

        var hidden = rooms.SelectMany(r => r.Changes.Hidden.Select(h => (r.State.SessionId, h.Stream, h.Seq))).ToList();
        if (hidden.Count > 0)
        {
            work.WithCommit(
                "insert into hidden_messages (session_id, stream, seq, at) select g.*, $4 from unnest($1, $2, $3) as g",
                hidden.Column(h => h.SessionId),
                hidden.Column(h => h.Stream),
                hidden.Column(h => h.Seq),
                work.Now.UtcDateTime
            );
        }

        var retracted = rooms.SelectMany(r => r.Changes.Retracted.Select(h => (r.State.SessionId, h.Stream, h.Seq))).ToList();
        if (retracted.Count > 0)
        {
            work.WithCommit(
                "insert into retracted_messages (session_id, stream, seq, at) select g.*, $4 from unnest($1, $2, $3) as g",
                retracted.Column(h => h.SessionId),
                retracted.Column(h => h.Stream),
                retracted.Column(h => h.Seq),
                work.Now.UtcDateTime
            );
        }

        var reactions = rooms.SelectMany(r => r.Changes.Reactions.Select(x => (r.State.SessionId, R: x))).ToList();
        if (reactions.Count > 0)
        {
            work.WithCommit(
                "insert into reactions (session_id, stream, seq, participant_id, digest) select * from unnest($1, $2, $3, $4, $5)",
                reactions.Column(r => r.SessionId),
                reactions.Column(r => r.R.Stream),
                reactions.Column(r => r.R.Seq),
                reactions.Column(r => r.R.ParticipantId),
                reactions.Column(r => r.R.Digest)
            );
        }
    }

    private static void Records(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        var notes = rooms.SelectMany(r => r.Changes.Notes.Select(n => (r.State, N: n))).ToList();
        if (notes.Count > 0)
        {
            work.WithCommit(
                """
                insert into moderation_notes (note_id, session_id, at, by_id, act, participant_id, sealed)
                select id, session_id, $7, by_id, act, participant_id, sealed
                from unnest($1, $2, $3, $4, $5::uuid[], $6) as g (id, session_id, by_id, act, participant_id, sealed)
                """,
                notes.Column(n => n.N.Id),
                notes.Column(n => n.State.SessionId),
                notes.Column(n => n.N.ById),
                notes.Column(n => n.N.Act),
                notes.Column(n => n.N.ParticipantId),
                notes.Column(n => n.State.Key!.Seal("notes", n.N.Text)),
                work.Now.UtcDateTime
            );
        }

        var decisions = rooms.SelectMany(r => r.Changes.Decisions.Select(d => (r.State.SessionId, D: d))).ToList();
        if (decisions.Count > 0)
        {
            work.WithCommit(
                """
                insert into join_decisions (decision_id, session_id, participant_id, permit_id, permit_version, point, jurisdiction, outcome, reason_codes, at)
                select g.*, $10 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as g
                """,
                decisions.Column(d => d.D.Id),
                decisions.Column(d => d.SessionId),
                decisions.Column(d => d.D.ParticipantId),
                decisions.Column(d => d.D.PermitId),
                decisions.Column(d => d.D.PermitVersion),
                decisions.Column(d => d.D.Point),
                decisions.Column(d => d.D.Jurisdiction),
                decisions.Column(d => d.D.Outcome),
                decisions.Column(d => string.Join(' ', d.D.ReasonCodes)),
                work.Now.UtcDateTime
            );
        }

        foreach (var (state, changes) in rooms)
        {
            if (changes.Forgets)
            {
                work.WithCommit("delete from posts where session_id = $1", state.SessionId);
                work.WithCommit("delete from reactions where session_id = $1", state.SessionId);
                work.WithCommit("select forget_aliases($1, 'Member')", state.SessionId);
                work.WithCommit("update participants set address = null where session_id = $1 and address is not null", state.SessionId);
            }

            foreach (var incident in changes.Incidents)
            {
                work.WithCommit(
                    """
                    insert into incidents (incident_id, session_id, kind, began_at, staff_seen_at, held_until, members_present)
                    values ($1, $2, 'facilitator-lost', $3, $4, $5, $6)
                    """,
                    incident.Id,
                    state.SessionId,
                    work.Now.UtcDateTime,
                    incident.StaffSeenAt.UtcDateTime,
                    incident.HeldUntil.UtcDateTime,
                    incident.MembersPresent
                );
            }

            if (changes.IncidentOutcome is { } outcome)
            {
                work.WithCommit(
                    "update incidents set closed_at = $2, outcome = $3 where session_id = $1 and closed_at is null",
                    state.SessionId,
                    work.Now.UtcDateTime,
                    outcome
                );
            }

            foreach (var c in changes.Corrections)
            {
                work.WithCommit(
                    """
                    insert into attendance_corrections (correction_id, session_id, member_id, version, status, note, by_account, at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8)
                    """,
                    c.Id,
                    state.SessionId,
                    c.MemberId,
                    c.Version,
                    c.Status,
                    c.Note is { } note ? state.Key!.Seal("attendance", note) : null,
                    c.ByAccount,
                    work.Now.UtcDateTime
                );
            }
        }
    }

    private static void Permits(UnitOfWork work, IReadOnlyList<RoomSave> rooms)
    {
        List<PermitChanged> permits =
        [
            .. rooms.SelectMany(r => r.Changes.Permits).GroupBy(p => (p.SessionId, p.MemberId, p.EnrollmentId)).Select(p => p.MaxBy(x => x.Version)!),
        ];
        if (permits.Count > 0)
        {
            work.WithCommit(
                """
                insert into permits as p (session_id, member_id, enrollment_id, permit_id, version, withdrawn, body) select * from unnest($1, $2, $3, $4, $5,
                    $6, $7)
                on conflict (session_id, member_id, enrollment_id) do update set permit_id = excluded.permit_id, version = excluded.version, withdrawn =
                    excluded.withdrawn, body = excluded.body
                    where excluded.version > p.version
                """,
                permits.Column(p => p.SessionId),
                permits.Column(p => p.MemberId),
                permits.Column(p => p.EnrollmentId),
                permits.Column(p => p.PermitId),
                permits.Column(p => p.Version),
                permits.Column(p => p.Withdrawn),
                permits.Column(p => JsonSerializer.Serialize(p, MessageTypes.Json))
            );
        }
    }

    private static void Due(UnitOfWork work, List<(RoomState State, RoomChanges Changes)> rooms)
    {
        foreach (var (state, changes) in rooms)
        {
            if (changes.Media)
            {
                // This process does it at once; the row is for when it cannot.
                work.Schedule(DueKeys.MediaKind, state.SessionId.ToString(), work.Now + MediaFallback);
            }

            foreach (var ((deadline, subject), dueAt) in changes.Deadlines)
            {
                var key = DueKeys.Of(state.SessionId, deadline, subject);
                if (dueAt is { } due)
                {
                    work.Schedule(DueKeys.Kind, key, due);
                }
                else
                {
                    work.Unschedule(DueKeys.Kind, key);
                }
            }
        }
    }
}
