using Dapper;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Room.Joining;

/// <summary>
/// Lets people into many rooms in one transaction. Everything that decides comes on one way from the database, after the sessions are locked; everything that follows goes on
/// few others, and the answers come back with the COMMIT. Staff enter by themselves: what their coming changes stands on record under their name.
/// </summary>
public sealed class EnterBatch([FromKeyedServices(PostBatch.Connections)] Db db, LiveRooms rooms, RoomTimes times)
{
    /// <param name="asks">No two of one person for one room.</param>
    /// <returns>One for each, in their order; null for who has to enter by themselves.</returns>
    public async Task<IReadOnlyList<Entrance?>> WriteAsync(IReadOnlyList<Entering> asks)
    {
        await using var work = await db.BeginAsync(asks.Count == 1 ? asks[0].Connection.Caller : Caller.System("room"));
        var entrances = new Entrance?[asks.Count];
        var (turns, found, heads, term) = await LookAsync(work, asks);
        if (asks.Any(a => a.Term != term))
        {
            // No ticket is spent by this: it counts at another node.
            return [.. asks.Select(_ => new Entrance(null, Refusal.TryAgain))];
        }

        var guests = new List<Guest>();
        for (var n = 0; n < asks.Count; n++)
        {
            var ask = asks[n];
            if (!found.TryGetValue(n, out var who) || turns.GetValueOrDefault(ask.Session) is not { } turn)
            {
                entrances[n] = new Entrance(null, Refusal.TicketInvalid);
            }
            else if (Refuse(turn, ask, who.Holder, who.Me) is { } refusal)
            {
                entrances[n] = new Entrance(null, refusal);
            }
            else if (asks.Count == 1 || !who.Me.IsFacilitator)
            {
                guests.Add(new Guest(n, ask, turn, who.Me));
            }
        }

        if (guests.Count > 0)
        {
            await TakePlacesAsync(work, guests);
            await ComeInAsync(work, guests);
            foreach (var (n, entered) in await EnterAnswers.ReadAndCommitAsync(work, guests, heads))
            {
                entrances[n] = new Entrance(entered, null);
            }

            // Durable by now; this only tells the others.
            await work.CommitAsync(CancellationToken.None);
        }

        return entrances;
    }

    private async Task<(IReadOnlyDictionary<Guid, RoomTurn> Turns, Dictionary<int, (Tickets.Holder Holder, ParticipantRow Me)> Found, Dictionary<(Guid, string), long> Heads, long? Term)> LookAsync(
        UnitOfWork work, IReadOnlyList<Entering> asks)
    {
        await using var read = await work.QueryTogetherAsync(
            $"{RoomTurn.Locking(TurnLock.Change)}; {Tickets.HoldersSql}; {RoomLog.HeadsSql}; select n.term from nodes n where n.node_id = @NodeId and {NodeLease.Counts}",
            new
            {
                sessions = asks.Select(a => a.Session).Distinct().ToArray(),
                of = asks.Select(a => a.Session).ToArray(),
                hashes = asks.Select(a => a.Ticket).ToArray(),
                accounts = asks.Select(a => a.Connection.Caller.AccountId).ToArray(),
                signIns = asks.Select(a => a.Connection.Caller.SignInId).ToArray(),
                work.Now,
                rooms.NodeId,
            });
        var turns = RoomTurn.Of(work, await read.ReadAsync<SessionRow>(), rooms);
        var found = read.Read<Tickets.Holder, ParticipantRow, (Tickets.Holder Holder, ParticipantRow Me)>((holder, me) => (holder, me), "participant_id").ToDictionary(f => (int)f.Holder.N - 1);
        // Nobody appends while the sessions are locked for these turns.
        var heads = (await read.ReadAsync<StreamHead>()).ToDictionary(h => (h.SessionId, h.Stream), h => h.LastSeq);
        return (turns, found, heads, await read.ReadFirstOrDefaultAsync<long?>());
    }

    private static Refusal? Refuse(RoomTurn turn, Entering ask, Tickets.Holder holder, ParticipantRow me)
    {
        if (me.Admission == Admissions.Removed)
        {
            return Refusal.Removed;
        }

        var (now, caller) = (turn.Work.Now, ask.Connection.Caller);
        var counts = now < caller.SignInEndsAt && me.IsCovered(now) && !holder.Revoked && (!me.IsFacilitator || holder.OfStaff);
        if (!PhaseRules.HasBegun(turn.Session.Phase) || !counts)
        {
            return Refusal.TicketInvalid;
        }

        return turn.Session.Locked && me is { IsFacilitator: false, Admission: not Admissions.In } ? Refusal.RoomLocked : null;
    }

    private async Task TakePlacesAsync(UnitOfWork work, List<Guest> guests)
    {
        var tooMany = await work.QueryAsync<string>(
            """
            update connections c set ending = 'replaced' from (
                select o.connection_id, row_number() over (partition by o.session_id, o.participant_id order by o.entered_at desc, o.connection_id desc) as place
                from unnest(@of, @people) as g (session_id, participant_id)
                join connections o on o.session_id = g.session_id and o.participant_id = g.participant_id and o.ending is null) as open
            where c.connection_id = open.connection_id and open.place > @others
            returning c.connection_id;
            delete from tickets where hash = any(@hashes);
            insert into connections (connection_id, session_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at)
            select connection_id, session_id, participant_id, @NodeId, sign_in_id, ends_at, @Now
            from unnest(@connections, @of, @people, @signIns, @signInEnds) as g (connection_id, session_id, participant_id, sign_in_id, ends_at);
            update participants p set admission = g.admission, present = true from unnest(@of, @people, @admissions) as g (session_id, participant_id, admission)
            where p.session_id = g.session_id and p.participant_id = g.participant_id;
            delete from deadlines d using unnest(@of, @people) as g (session_id, subject)
            where d.session_id = g.session_id and d.kind = @Leave and d.subject = g.subject;
            """,
            new
            {
                of = guests.Select(g => g.Turn.SessionId).ToArray(),
                people = guests.Select(g => g.Me.ParticipantId).ToArray(),
                admissions = guests.Select(g => g.Me.Admission).ToArray(),
                hashes = guests.Select(g => g.Ask.Ticket).ToArray(),
                connections = guests.Select(g => g.Ask.Connection.ConnectionId).ToArray(),
                signIns = guests.Select(g => g.Ask.Connection.Caller.SignInId).ToArray(),
                signInEnds = guests.Select(g => g.Ask.Connection.Caller.SignInEndsAt.UtcDateTime).ToArray(),
                others = EnterRoom.ConnectionsPerPerson - 1,
                rooms.NodeId,
                work.Now,
                Deadlines.Leave,
            });
        if (tooMany.Count > 0)
        {
            guests[0].Turn.CheckConnectionsAfterCommit();
        }
    }

    private async Task ComeInAsync(UnitOfWork work, List<Guest> guests)
    {
        foreach (var guest in guests.Where(g => g.Me.Role is RoomRoles.CoFacilitator or RoomRoles.Observer))
        {
            await Observers.SettleAsync(guest.Turn);
            guest.Me = (await guest.Turn.ParticipantAsync(guest.Me.ParticipantId))!;
        }

        await RoomTurn.AppendAsync(work, [.. guests.Where(g => !g.WasPresent).Select(g => g.Me.IsIn
            ? (g.Turn, Streams.Room, Kinds.Joined, g.Me.Actor, (object)ParticipantEvents.Presence.Of(g.Me))
            : (g.Turn, Streams.Private(g.Me.ParticipantId), Kinds.Waiting, g.Me.Actor, new ParticipantEvents.Waiting(g.Me.ParticipantId, g.Me.Alias ?? "", g.Words)))]);
        var joined = guests.Where(g => !g.WasPresent && g.Me.IsIn).ToList();
        await Presence.JoinedAsync(work, [.. joined.Select(g => (g.Turn, g.Me))]);
        await MemberStanding.AnnounceAsync(work, [.. guests.Where(g => g.Me is { IsFacilitator: false, PermitUntil: not null }).Select(g => (g.Turn, g.Me, g.Me.PermitUntil))], times);
        foreach (var staff in guests.Where(g => g.Me.IsStaff))
        {
            await OpenRoom.SeeStaffAsync(staff.Turn, work.Now);
            await HoldRoom.ResumeAsync(staff.Turn, staff.Me);
        }
    }
}

/// <summary>Somebody who is let in. Staff are in at once; who was admitted once comes back in; everybody else waits, and the log says so.</summary>
internal sealed class Guest(int n, Entering ask, RoomTurn turn, ParticipantRow before)
{
    public int N => n;

    public Entering Ask => ask;

    public RoomTurn Turn => turn;

    public bool WasPresent => before.Present;

    public ParticipantRow Me { get; set; } = before with { Admission = before.IsFacilitator || before.IsIn ? Admissions.In : Admissions.Waiting, Present = true };

    /// <summary>For who waits. Only who was let in before can have been sent back.</summary>
    public string Words => WaitingText.Of(turn.Session.Phase, turn.Session.LateArrivals, sentBack: Me.AdmittedSeq > 0);
}
