using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Live;

namespace GroupTherapy.Room.Log;

/// <summary>The state of one session, as its row says.</summary>
public sealed record SessionRow(
    Guid SessionId, Guid GroupId, string Practice, DateTimeOffset StartsAt, DateTimeOffset EndsAt, int Capacity, int RetentionDays, bool Cancelled, long PlanVersion,
    string Phase, long PhaseVersion, bool Locked, DateTimeOffset? OpenedAt, DateTimeOffset? HeldUntil, DateTimeOffset? EndedAt, string? EndReason, byte[]? WrappedKey,
    bool LateArrivals, int SlowSeconds, Guid? TurnOf, DateTimeOffset? HeldSince)
{
    internal const string Columns =
        """
        session_id, group_id, practice, starts_at, ends_at, capacity, retention_days, cancelled, plan_version,
        phase, phase_version, locked, opened_at, held_until, ended_at, end_reason, wrapped_key,
        late_arrivals, slow_seconds, turn_of, held_since
        """;
}

/// <summary>Somebody of one session, as their row says.</summary>
public sealed record ParticipantRow(
    Guid ParticipantId, Guid AccountId, string Role, string? Alias, string Admission, bool Present, long AdmittedSeq, long PrivateSeq,
    bool Hand, bool AudioMuted, bool VideoMuted, bool ChatMuted, string? Place, DateTimeOffset? AttestedAt, DateTimeOffset? PermitUntil, bool PermitLost,
    DateTimeOffset? RefusedAt, DateTimeOffset? LastPresentAt, DateTimeOffset? SpokeAt = null, bool Crisis = false, long CrisisVersion = 0, DateTimeOffset? HandoverAt = null,
    DateTimeOffset PostsSettleAt = default)
{
    internal const string Columns =
        """
        participant_id, account_id, role, alias, admission, present, admitted_seq, private_seq,
        hand, audio_muted, video_muted, chat_muted, place, attested_at, permit_until, permit_lost, refused_at, last_present_at,
        spoke_at, crisis, crisis_version, handover_at, posts_settle_at
        """;

    /// <summary>May lead the room now.</summary>
    public bool IsStaff => Role is RoomRoles.Lead or RoomRoles.CoFacilitator;

    /// <summary>Staff, or a facilitator who only observes while somebody is here whose place they are not authorised for.</summary>
    public bool IsFacilitator => Role != RoomRoles.Member;

    public bool IsIn => Admission == Admissions.In;

    /// <summary>Whether licensing lets them be here. Nobody in an open crisis is sent away for it.</summary>
    public bool IsCovered(DateTimeOffset now) => IsFacilitator || Crisis || (!PermitLost && (PermitUntil is not { } until || now < until));

    public Actor Actor => new(ParticipantId, Alias ?? "", Role);
}

/// <summary>How the session's row is locked for the turn.</summary>
public enum TurnLock
{
    /// <summary>Beside others like it; never beside a <see cref="Change"/>.</summary>
    Share,

    /// <summary>Alone: whoever posts, or changes who may do what in the room, or its phase.</summary>
    Change,
}

/// <summary>
/// One change of one room inside one unit of work. The session's row is locked before anything is read, so what was read stays true until the commit;
/// what was appended is announced to connections and other nodes after it.
/// </summary>
public sealed class RoomTurn
{
    private readonly LiveRooms _rooms;
    private readonly Lazy<SessionKey?> _key;
    private readonly List<StoredEvent> _events = [];

    private RoomTurn(UnitOfWork work, SessionRow session, LiveRooms rooms)
    {
        (Work, Session, _rooms) = (work, session, rooms);
        _key = new Lazy<SessionKey?>(() => rooms.Keys.Unwrap(session.SessionId, session.WrappedKey));
    }

    public UnitOfWork Work { get; }

    /// <summary>As it was when the turn began, with the changes made through this turn.</summary>
    public SessionRow Session { get; private set; }

    public Guid SessionId => Session.SessionId;

    /// <summary>The session's key.</summary>
    /// <exception cref="InvalidOperationException">It was destroyed: retention is over.</exception>
    public SessionKey Key => _key.Value ?? throw new InvalidOperationException("The session's key is gone.");

    public static async Task<RoomTurn?> BeginAsync(UnitOfWork work, Guid session, TurnLock kind, LiveRooms rooms) =>
        Of(work, await work.QueryAsync<SessionRow>(Locking(kind), new { sessions = new[] { session } }), rooms).GetValueOrDefault(session);

    /// <summary>A turn of something that this node does because it serves: nothing of it counts when its lease is over, or was since <paramref name="term"/>.</summary>
    /// <param name="term">This node's, from before the unit of work began.</param>
    /// <returns>The turn, when there is such a session, and whether this node may have it.</returns>
    public static async Task<(RoomTurn? Turn, bool Serves)> BeginServingAsync(UnitOfWork work, Guid session, TurnLock kind, LiveRooms rooms, long term)
    {
        await using var read = await work.QueryTogetherAsync($"{Locking(kind)}; select {NodeLease.CountsSql}", new { sessions = new[] { session }, rooms.NodeId, term });
        return (Of(work, await read.ReadAsync<SessionRow>(), rooms).GetValueOrDefault(session), await read.ReadSingleAsync<bool>());
    }

    /// <summary>Locks <c>@sessions</c> in the order of their ids, so that nobody who locks several waits for somebody who waits for them.</summary>
    internal static string Locking(TurnLock kind) =>
        $"select {SessionRow.Columns} from sessions where session_id = any(@sessions) order by session_id {(kind == TurnLock.Share ? "for share" : "for no key update")}";

    /// <summary>A turn for each session that was locked, or will be by <see cref="AppendUnchangedPostsAsync"/>.</summary>
    internal static IReadOnlyDictionary<Guid, RoomTurn> Of(UnitOfWork work, IEnumerable<SessionRow> sessions, LiveRooms rooms) =>
        sessions.ToDictionary(row => row.SessionId, row => new RoomTurn(work, row, rooms));

    /// <summary>Appends an event; sealed when its kind carries what people wrote.</summary>
    public async Task<StoredEvent> AppendAsync(string stream, string kind, Actor? by, object data)
    {
        var json = RoomJson.Of(data);
        return Note(Kinds.IsSealed(kind)
            ? await RoomLog.AppendAsync(Work, SessionId, stream, kind, by, null, Key.Seal(stream, json))
            : await RoomLog.AppendAsync(Work, SessionId, stream, kind, by, json, null));
    }

    /// <summary>Appends events of many rooms of one unit of work on one way to the database; of one stream in the order given.</summary>
    internal static async Task AppendAsync(UnitOfWork work, IReadOnlyList<(RoomTurn Turn, string Stream, string Kind, Actor? By, object Data)> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        List<EventDraft> drafts = [.. events.Select(e => EventDraft.Of(e.Turn, e.Stream, e.Kind, e.By, RoomJson.Of(e.Data)))];
        var stored = await RoomLog.AppendAsync(work, drafts);
        for (var n = 0; n < events.Count; n++)
        {
            events[n].Turn.Note(stored[n]);
        }
    }

    /// <summary>Appends the messages of many rooms of one unit of work, as its last statement. Those that are in the log already stay as they are.</summary>
    /// <returns>Where each stands, in the order given.</returns>
    public static async Task<IReadOnlyList<PlacedPost>> AppendPostsAsync(UnitOfWork work, IReadOnlyList<(RoomTurn Turn, PostDraft Post)> posts)
    {
        var placed = await RoomLog.AppendPostsAsync(work, [.. posts.Select(p => p.Post)]);
        NoteNew(posts, placed);
        return placed;
    }

    /// <summary>As <see cref="AppendPostsAsync"/>, as the only statement of turns of which nothing was locked before. What stands on grounds that have changed is left out.</summary>
    /// <param name="grounds">One for each post.</param>
    /// <returns>Where each stands, in the order given; null for what was left out.</returns>
    internal static async Task<IReadOnlyList<PlacedPost?>> AppendUnchangedPostsAsync(
        UnitOfWork work, IReadOnlyList<(RoomTurn Turn, PostDraft Post)> posts, IReadOnlyList<PostGrounds> grounds, Guid node)
    {
        var placed = await RoomLog.AppendUnchangedPostsAsync(work, [.. posts.Select(p => p.Post)], grounds, node);
        NoteNew(posts, placed);
        return placed;
    }

    public Task<ParticipantRow?> ParticipantAsync(Guid participant) => Work.FirstOrDefaultAsync<ParticipantRow>(
        $"select {ParticipantRow.Columns} from participants where session_id = @SessionId and participant_id = @participant", new { SessionId, participant });

    public Task<IReadOnlyList<ParticipantRow>> ParticipantsAsync() => Work.QueryAsync<ParticipantRow>(
        $"select {ParticipantRow.Columns} from participants where session_id = @SessionId order by participant_id", new { SessionId });

    /// <summary>Everybody in the room now, as everybody in it may know them.</summary>
    public Task<IReadOnlyList<Actor>> RosterAsync() => Work.QueryAsync<Actor>(
        "select participant_id, alias, role from participants where session_id = @SessionId and present and admission = 'in' order by participant_id", new { SessionId });

    /// <summary>What this turn has appended.</summary>
    internal IReadOnlyList<StoredEvent> Appended => _events;

    public async Task<long> HeadAsync(string stream) =>
        await Work.FirstOrDefaultAsync<long?>("select last_seq from room_streams where session_id = @SessionId and stream = @stream", new { SessionId, stream }) ?? 0;

    /// <summary>Sets or moves the instant at which something must happen, whoever is alive then.</summary>
    public Task SetDeadlineAsync(string kind, DateTimeOffset dueAt, Guid subject = default) => Work.ExecuteAsync(
        """
        insert into deadlines (session_id, kind, subject, due_at) values (@SessionId, @kind, @subject, @dueAt)
        on conflict (session_id, kind, subject) do update set due_at = excluded.due_at, failures = 0, retry_at = null
        """, new { SessionId, kind, subject, dueAt });

    /// <summary>Sets those that have an instant and drops those that have none; of any number of locked sessions.</summary>
    internal static Task SetDeadlinesAsync(UnitOfWork work, IReadOnlyList<(Guid Session, Guid Subject, string Kind, DateTimeOffset? DueAt)> deadlines)
    {
        List<(Guid Session, Guid Subject, string Kind, DateTimeOffset? DueAt)> dropped = [.. deadlines.Where(d => d.DueAt is null)], kept = [.. deadlines.Where(d => d.DueAt is not null)];
        return work.ExecuteAsync(
            """
            delete from deadlines d using unnest(@droppedOf, @droppedSubjects, @droppedKinds) as g (session_id, subject, kind)
            where d.session_id = g.session_id and d.kind = g.kind and d.subject = g.subject;
            insert into deadlines (session_id, kind, subject, due_at)
            select session_id, kind, subject, due_at from unnest(@of, @subjects, @kinds, @instants) as d (session_id, subject, kind, due_at)
            on conflict (session_id, kind, subject) do update set due_at = excluded.due_at;
            """,
            new
            {
                droppedOf = dropped.Select(d => d.Session).ToArray(), droppedSubjects = dropped.Select(d => d.Subject).ToArray(), droppedKinds = dropped.Select(d => d.Kind).ToArray(),
                of = kept.Select(d => d.Session).ToArray(), subjects = kept.Select(d => d.Subject).ToArray(), kinds = kept.Select(d => d.Kind).ToArray(),
                instants = kept.Select(d => d.DueAt!.Value.UtcDateTime).ToArray(),
            });
    }

    public Task DropDeadlineAsync(string kind, Guid subject = default) => Work.ExecuteAsync(
        "delete from deadlines where session_id = @SessionId and kind = @kind and subject = @subject", new { SessionId, kind, subject });

    /// <summary>Moves the session to another phase and tells the other services (the end they learn from <c>SessionEnded</c>).</summary>
    public async Task EnterPhaseAsync(string phase)
    {
        Session = Session with { Phase = phase, PhaseVersion = Session.PhaseVersion + 1 };
        await Work.ExecuteAsync(
            "update sessions set phase = @phase, phase_version = @PhaseVersion where session_id = @SessionId", new { SessionId, phase, Session.PhaseVersion });
        if (phase != Phases.Ended)
        {
            await Work.PublishAsync(new SessionPhaseChanged(SessionId, Session.GroupId, phase == Phases.Lobby ? "open" : phase, Session.PhaseVersion, Work.Now));
        }
    }

    /// <summary>Notes who has the turn to speak.</summary>
    public Task TurnToAsync(Guid? participant)
    {
        Session = Session with { TurnOf = participant };
        return Work.ExecuteAsync("update sessions set turn_of = @participant where session_id = @SessionId", new { SessionId, participant });
    }

    /// <summary>After the commit, every node looks at once who must go.</summary>
    public void CheckConnectionsAfterCommit() => Work.AfterCommit(() =>
    {
        _rooms.CheckEverywhere();
        return Task.CompletedTask;
    });

    private static void NoteNew(IReadOnlyList<(RoomTurn Turn, PostDraft Post)> posts, IReadOnlyList<PlacedPost?> placed)
    {
        for (var n = 0; n < posts.Count; n++)
        {
            if (placed[n] is { IsNew: true } place)
            {
                posts[n].Turn.Note(posts[n].Post.Stored(place));
            }
        }
    }

    private StoredEvent Note(StoredEvent e)
    {
        if (_events.Count == 0)
        {
            Work.AfterCommit(() =>
            {
                _rooms.Announce(SessionId, _events);
                return Task.CompletedTask;
            });
        }

        _events.Add(e);
        return e;
    }
}
