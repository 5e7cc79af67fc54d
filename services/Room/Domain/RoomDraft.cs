using System.Security.Cryptography;

namespace GroupTherapy.Room.Domain;

/// <summary>A room while one command is decided: the state so far, and its changes.</summary>
internal sealed class RoomDraft(RoomState state, RoomCommand command, DateTimeOffset now)
{
    private int _ids;

    public RoomState State { get; private set; } = state;

    public RoomChanges Changes { get; } = new();

    public DateTimeOffset Now => now;

    public SessionState Session => State.Session;

    public RoomTimes Times => State.Times;

    public RoomFacts Facts
    {
        get => State.Facts;
        set => State = State with { Facts = value };
    }

    /// <summary>The session's key.</summary>
    /// <exception cref="InvalidOperationException">It was destroyed: retention is over.</exception>
    public SessionKey Key => State.Key ?? throw new InvalidOperationException("The session's key is gone.");

    public IEnumerable<Participant> Participants => State.Participants.Values;

    /// <summary>A time-ordered id (UUIDv7) of this instant; the same for the same command.</summary>
    public Guid NewId()
    {
        Span<byte> seed = stackalloc byte[20];
        command.Seed.TryWriteBytes(seed);
        BitConverter.TryWriteBytes(seed[16..], ++_ids);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(seed, hash);
        Span<byte> id = hash[..16];
        var milliseconds = now.ToUnixTimeMilliseconds();
        for (var n = 0; n < 6; n++)
        {
            id[n] = (byte)(milliseconds >> (8 * (5 - n)));
        }

        id[6] = (byte)(0x70 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new Guid(id, bigEndian: true);
    }

    public Participant? Find(Guid participant) => State.Find(participant);

    public void Set(Participant participant)
    {
        State = State with { Participants = State.Participants.SetItem(participant.ParticipantId, participant) };
        Changes.Participants.Add(participant.ParticipantId);
    }

    public void Set(SessionState session)
    {
        State = State with { Session = session };
        Changes.Session = true;
    }

    public void Set(ConnectionState connection)
    {
        State = State with { Connections = State.Connections.SetItem(connection.ConnectionId, connection) };
        Changes.Connections.Add(connection.ConnectionId);
    }

    public void RemoveConnection(string connectionId)
    {
        State = State with { Connections = State.Connections.Remove(connectionId) };
        Changes.Connections.Add(connectionId);
    }

    /// <summary>Every connection of a participant ends; its client gets the reason.</summary>
    public void EndConnections(Guid participant, string reason)
    {
        foreach (var connection in State.Connections.Values.Where(c => c.ParticipantId == participant && c.Ending is null).ToList())
        {
            Set(connection with { Ending = reason });
        }

        Changes.ChecksConnections = true;
    }

    public void SetStaff(System.Collections.Immutable.ImmutableDictionary<Guid, string> staff)
    {
        State = State with { Staff = staff };
        Changes.StaffList = true;
    }

    /// <summary>Staff sent a heartbeat.</summary>
    public void SeeStaff(DateTimeOffset at)
    {
        if (State.StaffSeenAt is { } seen && seen >= at)
        {
            return;
        }

        State = State with { StaffSeenAt = at };
        Changes.StaffSeenAt = at;
    }

    /// <summary>Appends an event at the next number of its stream.</summary>
    public RoomEvent Append(string stream, string kind, Actor? by, object data)
    {
        var end = State.Streams.TryGetValue(stream, out var known) ? known : new StreamEnd(0, now);
        var next = new StreamEnd(end.Seq + 1, end.At > now ? end.At : now);
        State = State with { Streams = State.Streams.SetItem(stream, next) };
        var appended = new RoomEvent(stream, next.Seq, next.At, kind, by, data);
        Changes.Streams.Add(stream);
        Changes.Events.Add(appended);
        if (Facts.Attendance is { } attendance)
        {
            Facts = Facts with { Attendance = Attendance.After(attendance, appended) };
        }

        return appended;
    }

    public void Publish(object message) => Changes.Messages.Add(message);

    public void Audit(string act, Guid? subject = null, object? data = null) => Changes.Audit.Add(new AuditRow(act, command.Who, subject, data ?? new { }));

    /// <summary>Keeps a facilitator's reason, sealed, and audits the act without it.</summary>
    public void Note(string act, Participant by, Participant? subject, string reason)
    {
        Changes.Notes.Add(new NoteRow(NewId(), by.ParticipantId, act, subject?.ParticipantId, reason));
        Audit(act, subject?.AccountId);
    }

    public void RevokeTickets(Guid participant)
    {
        Changes.RevokedTickets.Add(participant);
        Changes.NewTickets.RemoveAll(t => t.ParticipantId == participant);
        Facts = Facts with { Tickets = Facts.Tickets.RemoveRange(Facts.Tickets.Where(t => t.Value.ParticipantId == participant).Select(t => t.Key)) };
    }

    public void RevokeAllTickets()
    {
        Changes.AllTicketsRevoked = true;
        Changes.NewTickets.Clear();
        Facts = Facts with { Tickets = Facts.Tickets.Clear() };
    }

    /// <summary>Moves the session to another phase and tells other services; the end they learn from <c>SessionEnded</c>.</summary>
    public void EnterPhase(string phase)
    {
        Set(Session with { Phase = phase, PhaseVersion = Session.PhaseVersion + 1 });
        if (phase != Phases.Ended)
        {
            Publish(
                new Contracts.Room.V1.SessionPhaseChanged(Session.SessionId, Session.GroupId, phase == Phases.Lobby ? "open" : phase, Session.PhaseVersion, now)
            );
        }
    }
}
