using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Delivery;

/// <summary>Moves the streams of a room forward, and draws from its events what each connection may hear.</summary>
internal sealed partial class LiveRoom
{
    private void Pump()
    {
        if (Interlocked.Increment(ref _pumping) == 1)
        {
            _ = Task.Run(PumpAsync);
        }
    }

    private async Task PumpAsync()
    {
        // A caller that finds the pump running only counts up; it runs again until nothing was asked for while it ran.
        int asked;
        do
        {
            asked = Volatile.Read(ref _pumping);
            try
            {
                await AdvanceAsync();
            }
            catch (Exception e)
            {
                // The database is away: the next poll asks again.
                Report(e);
            }
        } while (Interlocked.Add(ref _pumping, -asked) > 0);
    }

    private async Task AdvanceAsync()
    {
        while (true)
        {
            List<(StreamTail Tail, long After)> gaps = [];
            RoomConnection[] connections;
            lock (_gate)
            {
                foreach (var tail in _tails.Values)
                {
                    while (tail.TakeNext() is { } e)
                    {
                        Deliver(tail, e);
                    }

                    if (tail.Known > tail.Delivered)
                    {
                        gaps.Add((tail, tail.Delivered));
                    }
                }

                connections = [.. _connections];
            }

            foreach (var connection in connections)
            {
                connection.Wake();
            }

            if (gaps.Count == 0)
            {
                return;
            }

            foreach (var (tail, after) in gaps)
            {
                var read = await RoomLog.ReadAsync(db, sessionId, tail.Stream, after, ReadAtOnce, CancellationToken.None);
                lock (_gate)
                {
                    tail.Fill(read, read.Count < ReadAtOnce);
                }
            }
        }
    }

    /// <summary>Renders an event of this room. One that does not open is rendered without its text, logged once and counted, so that it never stops what is
    /// behind it.</summary>
    public WireEvent Render(StoredEvent e) =>
        WireEvent.From(
            e,
            key,
            unreadable =>
            {
                bool isNew;
                lock (_gate)
                {
                    isNew = _unreadable.Add((unreadable.Stream, unreadable.Seq));
                }

                if (isNew)
                {
                    RoomMetrics.UnreadableEvents.Add(1);
                    log.LogError(
                        "Room {Session}: event {Seq} of {Stream} does not open; it is delivered without its text",
                        sessionId,
                        unreadable.Seq,
                        unreadable.Stream
                    );
                }
            }
        );

    private void Deliver(StreamTail tail, StoredEvent e)
    {
        var wire = Render(e);
        tail.Deliver(wire);
        RoomMetrics.DeliveryLag.Record(Math.Max(0, (db.Clock.GetUtcNow() - e.At).TotalSeconds));
        if (e.Kind == Kinds.Ended)
        {
            _ended = true;
            foreach (var connection in _connections)
            {
                connection.End(EndReasons.SessionEnded);
            }
        }
        else if (e is { Kind: Kinds.Hidden, Data: { } hidden })
        {
            tail.Find(SeqOf(hidden))?.Hide(IsRetraction(hidden));
        }
        else if (e is { Kind: Kinds.RoleChanged, Data: { } changed })
        {
            var (who, role) = NewRoleOf(changed);
            var isStaff = role is RoomRoles.Lead or RoomRoles.CoFacilitator;
            _roles[who] = (e.Seq, isStaff);
            foreach (var connection in _connections)
            {
                if (connection.Entry?.ParticipantId == who && connection.EnteredRoomAfter < e.Seq)
                {
                    connection.IsStaff = isStaff;
                }
            }
        }
        else if (e is { Kind: Kinds.Removed, Data: { } removed })
        {
            _removed[SubjectOf(removed)] = e.Seq;
            End(SubjectOf(removed), EndReasons.Removed, e.Seq);
        }
        else if (e.Kind is Kinds.Admitted or Kinds.Waiting or Kinds.EligibilityEnded && Streams.OwnerOf(e.Stream) is { } owner)
        {
            var admission = e is { Kind: Kinds.Admitted, Data: { } data }
                ? new AdmissionEvent(e.Seq, true, RoomCursorOf(data))
                : new AdmissionEvent(e.Seq, false, 0);
            _admissions[owner] = admission;
            foreach (var connection in _connections)
            {
                if (connection.Entry?.ParticipantId == owner)
                {
                    admission.Apply(connection);
                }
            }
        }
    }

    // A connection that entered after the event is of a participant who was readmitted.
    private void End(Guid participant, string reason, long seq)
    {
        foreach (var connection in _connections)
        {
            if (connection.Entry?.ParticipantId == participant && connection.EnteredRoomAfter < seq)
            {
                connection.End(reason);
            }
        }
    }

    private static Guid SubjectOf(string data) => Read(data, json => json.GetProperty("participantId").GetGuid());

    private static long SeqOf(string data) => Read(data, json => json.GetProperty("seq").GetInt64());

    private static bool IsRetraction(string data) => Read(data, json => json.TryGetProperty("retracted", out var retracted) && retracted.GetBoolean());

    private static long RoomCursorOf(string data) => Read(data, json => json.GetProperty("cursors").GetProperty(Streams.Room).GetInt64());

    private static (Guid Who, string Role) NewRoleOf(string data) =>
        Read(data, json => (json.GetProperty("participantId").GetGuid(), json.GetProperty("role").GetString()!));

    private static T Read<T>(string data, Func<JsonElement, T> read)
    {
        using var json = JsonDocument.Parse(data);
        return read(json.RootElement);
    }

    private sealed record AdmissionEvent(long PrivateSeq, bool IsIn, long RoomCursor)
    {
        public void Apply(RoomConnection connection)
        {
            // Who entered after this knows it from their entry.
            if (connection.IsStaff || PrivateSeq <= connection.EnteredAfter)
            {
                return;
            }

            connection.IsIn = IsIn;
            if (IsIn)
            {
                connection.Sent[Streams.Room] = Math.Max(RoomCursor, connection.Sent.GetValueOrDefault(Streams.Room));
                connection.AfterPrivate = PrivateSeq;
            }
        }
    }
}
