using System.Text.Json.Serialization;
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

        var hash = Tickets.Hash(ticket);
        var session = await db.FirstOrDefaultAsync<Guid?>("select session_id from tickets where hash = @hash", new { hash }, ct);
        if (session is null || await rooms.OpenAsync(session.Value, ct) is not { } room)
        {
            return Refusal.TicketInvalid;
        }

        await using var work = await db.BeginAsync(connection.Caller, ct);
        var entered = await EnterAsync(work, session.Value, hash, connection, cursors);
        if (entered.Refusal is { } refusal)
        {
            return refusal;
        }

        await work.CommitAsync(ct);
        var (me, answer, privateHead, roomHead) = entered.Value!;
        var entry = new Entry(session.Value, me.ParticipantId, me.IsStaff);
        while (!room.Attach(connection, entry, answer.Cursors, me.IsIn, privateHead, roomHead))
        {
            room = await rooms.OpenAsync(session.Value, ct) ?? throw new InvalidOperationException("A session does not vanish.");
        }

        return answer;
    }

    private async Task<Answer<Entered>> EnterAsync(UnitOfWork work, Guid session, byte[] hash, RoomConnection connection, IReadOnlyDictionary<string, long>? cursors)
    {
        var turn = await RoomTurn.BeginAsync(work, session, TurnLock.Change, rooms);
        var participant = turn is null ? null : await Tickets.SpendAsync(work, hash);
        var me = participant is null ? null : await turn!.ParticipantAsync(participant.Value);
        if (turn is null || me is null)
        {
            return Refusal.TicketInvalid;
        }

        if (me.Admission == Admissions.Removed)
        {
            return Refusal.Removed;
        }

        if (!PhaseRules.HasBegun(turn.Session.Phase) || !await StillCountsAsync(turn, me))
        {
            return Refusal.TicketInvalid;
        }

        if (turn.Session.Locked && me is { IsFacilitator: false, Admission: not Admissions.In })
        {
            return Refusal.RoomLocked;
        }

        me = await ComeInAsync(turn, me);
        await TakePlaceAsync(turn, me, connection);
        var heads = (await RoomLog.HeadsAsync(work, session)).ToDictionary(h => h.Stream, h => h.LastSeq, StringComparer.Ordinal);
        var plan = CursorRules.Plan(me, heads, cursors);
        var (events, given) = await MissedAsync(turn, plan, me.IsStaff);
        var answer = new EnterAnswer(
            me.ParticipantId, me.Role, me.Admission, turn.Session.Phase, me.IsIn ? await turn.RosterAsync() : [me.Actor],
            events, given, [.. plan.Where(s => s.Reset).Select(s => s.Stream)],
            me.IsIn ? await RoomNow.OfAsync(turn) : null, me.IsIn ? null : new EnterAnswer.Words(Words(turn, me)));
        return new Entered(me, answer, heads.GetValueOrDefault(Streams.Private(me.ParticipantId)), heads.GetValueOrDefault(Streams.Room));
    }

    private static async Task<bool> StillCountsAsync(RoomTurn turn, ParticipantRow me)
    {
        var caller = turn.Work.Caller;
        return turn.Work.Now < caller.SignInEndsAt
            && me.IsCovered(turn.Work.Now)
            && !await turn.Work.FirstOrDefaultAsync<bool>("select exists (select 1 from revoked_sign_ins where sign_in_id = @SignInId)", new { caller.SignInId })
            && (!me.IsFacilitator || await turn.Work.FirstOrDefaultAsync<bool>(
                "select exists (select 1 from session_staff where session_id = @SessionId and account_id = @AccountId)", new { turn.SessionId, me.AccountId }));
    }

    // Staff are in at once; who was admitted once comes back in; everybody else waits, and the log says so once.
    private async Task<ParticipantRow> ComeInAsync(RoomTurn turn, ParticipantRow before)
    {
        var me = before with { Admission = before.IsFacilitator || before.IsIn ? Admissions.In : Admissions.Waiting, Present = true };
        await turn.Work.ExecuteAsync(
            "update participants set admission = @Admission, present = true where session_id = @SessionId and participant_id = @ParticipantId",
            new { me.Admission, turn.SessionId, me.ParticipantId });
        await turn.DropDeadlineAsync(Deadlines.Leave, me.ParticipantId);
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
            returning connection_id
            """, new { turn.SessionId, me.ParticipantId, others = ConnectionsPerPerson - 1 });
        await turn.Work.ExecuteAsync(
            """
            insert into connections (connection_id, session_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at)
            values (@ConnectionId, @SessionId, @ParticipantId, @NodeId, @SignInId, @SignInEndsAt, @Now)
            """,
            new
            {
                connection.ConnectionId, turn.SessionId, me.ParticipantId, rooms.NodeId,
                turn.Work.Caller.SignInId, turn.Work.Caller.SignInEndsAt, turn.Work.Now,
            });
        if (tooMany.Count > 0)
        {
            turn.CheckConnectionsAfterCommit();
        }
    }

    private static async Task<(IReadOnlyList<WireEvent> Events, IReadOnlyDictionary<string, long> Given)> MissedAsync(
        RoomTurn turn, IReadOnlyList<StreamStart> plan, bool staff)
    {
        var events = new List<WireEvent>();
        var given = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var start in plan)
        {
            var room = CursorRules.EventsPerAnswer - events.Count;
            var read = start.Head > start.After && room > 0 ? await RoomLog.ReadAsync(turn.Work, turn.SessionId, start.Stream, start.After, room) : [];
            events.AddRange(read.Select(e => WireEvent.From(e, turn.Key).For(staff)));
            given[start.Stream] = read.Count > 0 ? read[^1].Seq : start.After;
        }

        return (events, given);
    }

    private sealed record Entered(ParticipantRow Me, EnterAnswer Answer, long PrivateHead, long RoomHead);
}
