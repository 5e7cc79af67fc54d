using System.Text.Json.Serialization;
using Dapper;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;

namespace GroupTherapy.Room.Joining;

/// <summary>What somebody who enters is told: who they are here, who else is, and what they have missed.</summary>
/// <param name="Cursors">Each stream up to where it has been given; events go on from there.</param>
/// <param name="Reset">Streams whose cursor lay beyond the log's end.</param>
/// <param name="Settings">What holds in the room; left out for who waits.</param>
/// <param name="Waiting">Words for who waits; left out for who is in.</param>
public sealed record EnterAnswer(
    Guid ParticipantId, string Role, string State, string Phase, IReadOnlyList<Actor> Participants,
    IReadOnlyList<WireEvent> Events, IReadOnlyDictionary<string, long> Cursors, IReadOnlyList<string> Reset,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomNow? Settings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EnterAnswer.Words? Waiting) : ToldWhenWritten
{
    public sealed record Words(string Text);
}

/// <summary>The way in: spends a ticket, makes a connection part of a room, and hands over what was missed. Everything it answers is one view of the log.</summary>
public sealed class EnterRoom(Db db, LiveRooms rooms, RoomTimes times)
{
    /// <summary>Connections of one person in one room; one more closes the oldest.</summary>
    public const int ConnectionsPerPerson = 4;

    public async Task<Answer<EnterAnswer>> RunAsync(RoomConnection connection, string ticket, IReadOnlyDictionary<string, long>? cursors, CancellationToken ct)
    {
        if (connection.Entry is not null)
        {
            return Refusal.BadRequest("This connection is in a room already.");
        }

        if (cursors is not null && cursors.Values.Any(c => c < 0))
        {
            return Refusal.BadRequest("A cursor is the number of the last event seen.");
        }

        if (rooms.IsDraining)
        {
            return Refusal.TryAgain;
        }

        var (term, hash) = (rooms.Lease.Term, Tickets.Hash(ticket));
        var session = await db.FirstOrDefaultAsync<Guid?>("select session_id from tickets where hash = @hash", new { hash }, ct);
        if (session is null || await rooms.OpenAsync(session.Value, ct) is not { } room)
        {
            return Refusal.TicketInvalid;
        }

        var entered = await room.AtTheDoorAsync(() => EnterAsync(session.Value, hash, term, connection, cursors, ct), ct);
        if (entered.Refusal is { } refusal)
        {
            return refusal;
        }

        var (me, answer, privateHead, roomHead) = entered.Value!;
        var entry = new Entry(session.Value, me.ParticipantId, me.IsStaff, term);
        while (!room.Attach(connection, entry, answer.Cursors, me.IsIn, privateHead, roomHead))
        {
            room = await rooms.OpenAsync(session.Value, ct) ?? throw new InvalidOperationException("A session does not vanish.");
        }

        return answer;
    }

    private async Task<Answer<Entered>> EnterAsync(
        Guid session, byte[] hash, long term, RoomConnection connection, IReadOnlyDictionary<string, long>? cursors, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(connection.Caller, ct);
        var entered = await EnterAsync(work, session, hash, term, connection, cursors);
        if (entered.Refusal is null)
        {
            // Durable by now; this only tells the others.
            await work.CommitAsync(CancellationToken.None);
        }

        return entered;
    }

    // Everything that decides comes on one way from the database, everything that follows from it goes on another, and the answer comes back with the COMMIT:
    // a hundred people at the door at once wait for those ways and for little else.
    private async Task<Answer<Entered>> EnterAsync(UnitOfWork work, Guid session, byte[] hash, long term, RoomConnection connection, IReadOnlyDictionary<string, long>? cursors)
    {
        var (turn, found, heads, serves) = await LookAsync(work, session, hash, term);
        if (!serves)
        {
            // The ticket is not spent by this: it counts at another node.
            return Refusal.TryAgain;
        }

        if (turn is null || found is not var (holder, me))
        {
            return Refusal.TicketInvalid;
        }

        if (me.Admission == Admissions.Removed)
        {
            return Refusal.Removed;
        }

        if (!PhaseRules.HasBegun(turn.Session.Phase) || !StillCounts(work, me, holder))
        {
            return Refusal.TicketInvalid;
        }

        if (turn.Session.Locked && me is { IsFacilitator: false, Admission: not Admissions.In })
        {
            return Refusal.RoomLocked;
        }

        me = await ComeInAsync(turn, me, connection);
        foreach (var appended in turn.Appended)
        {
            heads[appended.Stream] = appended.Seq;
        }

        return await AnswerAsync(turn, me, heads, CursorRules.Plan(me, heads, cursors));
    }

    private async Task<(RoomTurn? Turn, (Tickets.Holder Holder, ParticipantRow Me)? Found, Dictionary<string, long> Heads, bool Serves)> LookAsync(
        UnitOfWork work, Guid session, byte[] hash, long term)
    {
        await using var read = await work.QueryTogetherAsync(
            $"{RoomTurn.Locking(TurnLock.Change)}; {Tickets.SpendSql}; {RoomLog.HeadsSql}; select {NodeLease.CountsSql}",
            new { sessions = new[] { session }, hash, work.Caller.AccountId, work.Caller.SignInId, work.Now, rooms.NodeId, term });
        var turn = RoomTurn.Of(work, await read.ReadAsync<SessionRow>(), rooms).GetValueOrDefault(session);
        var found = read.Read<Tickets.Holder, ParticipantRow, (Tickets.Holder, ParticipantRow)?>((holder, me) => (holder, me), "participant_id").FirstOrDefault();
        // Nobody appends while the session is locked for this turn.
        var heads = (await read.ReadAsync<StreamHead>()).ToDictionary(h => h.Stream, h => h.LastSeq, StringComparer.Ordinal);
        return (turn, found, heads, await read.ReadSingleAsync<bool>());
    }

    private static bool StillCounts(UnitOfWork work, ParticipantRow me, Tickets.Holder holder) =>
        work.Now < work.Caller.SignInEndsAt && me.IsCovered(work.Now) && !holder.Revoked && (!me.IsFacilitator || holder.OfStaff);

    // Staff are in at once; who was admitted once comes back in; everybody else waits, and the log says so once.
    private async Task<ParticipantRow> ComeInAsync(RoomTurn turn, ParticipantRow before, RoomConnection connection)
    {
        var me = before with { Admission = before.IsFacilitator || before.IsIn ? Admissions.In : Admissions.Waiting, Present = true };
        await TakePlaceAsync(turn, me, connection);
        if (me.Role is RoomRoles.CoFacilitator or RoomRoles.Observer)
        {
            await Observers.SettleAsync(turn);
            me = (await turn.ParticipantAsync(me.ParticipantId))!;
        }

        if (!before.Present && me.IsIn)
        {
            await Presence.LogJoinedAsync(turn, me);
        }
        else if (!before.Present)
        {
            await turn.AppendAsync(Streams.Private(me.ParticipantId), Kinds.Waiting, me.Actor, new ParticipantEvents.Waiting(me.ParticipantId, me.Alias ?? "", Words(turn, me)));
        }

        if (me is { IsFacilitator: false, PermitUntil: { } until })
        {
            await MemberStanding.AnnounceAsync(turn, me, until, times);
        }

        if (me.IsStaff)
        {
            await OpenRoom.SeeStaffAsync(turn, turn.Work.Now);
            await HoldRoom.ResumeAsync(turn, me);
        }

        return me;
    }

    // Only who was let in before can have been sent back.
    private static string Words(RoomTurn turn, ParticipantRow me) => WaitingText.Of(turn.Session.Phase, turn.Session.LateArrivals, sentBack: me.AdmittedSeq > 0);

    private async Task TakePlaceAsync(RoomTurn turn, ParticipantRow me, RoomConnection connection)
    {
        var tooMany = await turn.Work.QueryAsync<string>(
            """
            update connections set ending = 'replaced' where connection_id in (
                select connection_id from connections where session_id = @SessionId and participant_id = @ParticipantId and ending is null
                order by entered_at desc, connection_id desc offset @others)
            returning connection_id;
            insert into connections (connection_id, session_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at)
            values (@ConnectionId, @SessionId, @ParticipantId, @NodeId, @SignInId, @SignInEndsAt, @Now);
            update participants set admission = @Admission, present = true where session_id = @SessionId and participant_id = @ParticipantId;
            delete from deadlines where session_id = @SessionId and kind = @Leave and subject = @ParticipantId;
            """,
            new
            {
                turn.SessionId, me.ParticipantId, others = ConnectionsPerPerson - 1, connection.ConnectionId, rooms.NodeId,
                turn.Work.Caller.SignInId, turn.Work.Caller.SignInEndsAt, turn.Work.Now, me.Admission, Deadlines.Leave,
            });
        if (tooMany.Count > 0)
        {
            turn.CheckConnectionsAfterCommit();
        }
    }

    private static Task<Entered> AnswerAsync(RoomTurn turn, ParticipantRow me, Dictionary<string, long> heads, IReadOnlyList<StreamStart> plan)
    {
        // Streams have no gaps, so how much each has to give is known before it is read.
        var left = (long)CursorRules.EventsPerAnswer;
        var given = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var start in plan)
        {
            var part = Math.Clamp(start.Head - start.After, 0, left);
            (given[start.Stream], left) = (start.After + part, left - part);
        }

        var parts = plan.Where(s => given[s.Stream] > s.After).ToList();
        return turn.Work.QueryAndCommitAsync(
            $"{RoomLog.PartsSql}; {RoomTurn.RosterSql}; {RoomNow.HandsSql}",
            new
            {
                turn.SessionId, streams = parts.Select(p => p.Stream).ToArray(), afters = parts.Select(p => p.After).ToArray(), untils = parts.Select(p => given[p.Stream]).ToArray(),
            },
            async read =>
            {
                List<WireEvent> events = [.. (await read.ReadAsync<StoredEvent>()).Select(e => WireEvent.From(e, turn.Key).For(me.IsStaff))];
                var (roster, hands) = ((await read.ReadAsync<Actor>()).AsList(), (await read.ReadAsync<Guid>()).AsList());
                var answer = new EnterAnswer(
                    me.ParticipantId, me.Role, me.Admission, turn.Session.Phase, me.IsIn ? roster : [me.Actor],
                    events, given, [.. plan.Where(s => s.Reset).Select(s => s.Stream)],
                    me.IsIn ? RoomNow.Of(turn, hands) : null, me.IsIn ? null : new EnterAnswer.Words(Words(turn, me)));
                return new Entered(me, answer, heads.GetValueOrDefault(Streams.Private(me.ParticipantId)), heads.GetValueOrDefault(Streams.Room));
            });
    }

    private sealed record Entered(ParticipantRow Me, EnterAnswer Answer, long PrivateHead, long RoomHead);
}
