using System.Security.Cryptography;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Tests.Machine;

internal sealed partial class RoomMachine
{
    private string? Check() => _late ?? LogHolds() ?? PeopleHold() ?? PhaseHolds() ?? SavedHolds() ?? SnapshotsHold();

    private string? LogHolds()
    {
        foreach (var stream in _store.Log.GroupBy(e => e.Stream))
        {
            if (!stream.Select(e => e.Seq).SequenceEqual(Enumerable.Range(1, stream.Count()).Select(n => (long)n)))
            {
                return $"I1: {stream.Key} has a gap or a repeat";
            }

            if (stream.Zip(stream.Skip(1)).Any(pair => pair.First.At > pair.Second.At))
            {
                return $"I1: {stream.Key} goes back in time";
            }
        }

        foreach (var (key, at) in _acknowledged)
        {
            if (_store.Log.Count(e => e.Kind == Kinds.Posted && e.By!.ParticipantId == key.Item1 && ((EventData.Said)e.Data).Id == key.Item2) != 1)
            {
                return $"I1: {key.Item2} is not in the log once";
            }

            if (!_store.Log.Exists(e => e.Stream == at.Stream && e.Seq == at.Seq && e.Kind == Kinds.Posted))
            {
                return $"I1: {key.Item2} is not where it was acknowledged";
            }
        }

        return _store.Log.Where(e => e.Kind == Kinds.Posted).Select(Misplaced).FirstOrDefault(m => m is not null);
    }

    // Only the addressee reads it: the stream follows from the address.
    private static string? Misplaced(RoomEvent e)
    {
        var (to, by) = (((EventData.Said)e.Data).To, e.By!);
        var isStaff = by.Role is RoomRoles.Lead or RoomRoles.CoFacilitator;
        var expected = to switch
        {
            MessageRules.Everyone => Streams.Room,
            MessageRules.Facilitators => isStaff ? Streams.Staff : Streams.Private(by.ParticipantId),
            _ => isStaff ? Streams.Private(Guid.Parse(to)) : "nowhere",
        };
        return e.Stream == expected ? null : $"I5: a message to {to} is in {e.Stream}";
    }

    private string? PeopleHold()
    {
        foreach (var p in _memory.Participants.Values)
        {
            if (p is { Role: RoomRoles.Member, Present: true, IsIn: true } && _memory.Session.Phase == Phases.Live && !p.IsCovered(_now))
            {
                return "I3: a member in the live room is not covered";
            }

            if (_removed.Contains(p.ParticipantId) && (p.Admission != Admissions.Removed || p.Present))
            {
                return "I4: a removed member is back";
            }

            if (p.Hand && !(p.Present && p.IsIn))
            {
                return "a participant who is gone has a hand up";
            }

            if (
                p is { Role: RoomRoles.CoFacilitator, Present: true }
                && _memory.Session.Phase != Phases.Ended
                && _memory.Participants.Values.Any(m =>
                    m is { Role: RoomRoles.Member, Present: true, IsIn: true } && m.Observers?.Contains(p.AccountId) == true
                )
            )
            {
                return "a co-facilitator leads before a member they may not serve";
            }
        }

        return _memory.Facts.Tickets.Values.Any(t => _removed.Contains(t.ParticipantId)) ? "I4: a removed member holds a ticket" : null;
    }

    private string? PhaseHolds()
    {
        var s = _memory.Session;
        if (s.SpeakerId is { } speaker && (s.Phase == Phases.Ended || _memory.Find(speaker) is not { Present: true, IsIn: true }))
        {
            return "a participant who is gone has the speaking turn";
        }

        if (s.Phase == Phases.Live && _now > (_store.StaffSeenAt ?? s.OpenedAt)!.Value.AddSeconds(30))
        {
            return "I7: live without a facilitator for more than 30 s";
        }

        return s.Phase == Phases.Ended && _memory.Participants.Values.Any(p => p.Present) ? "a participant is present after the end" : null;
    }

    // What is in memory is what another process would read.
    private string? SavedHolds()
    {
        var stored = _store.Load(_key);
        return stored.Session != _memory.Session ? "the session was not saved"
            : !stored.Participants.SequenceEqual(_memory.Participants) ? "participants were not saved"
            : !stored.Connections.OrderBy(c => c.Key).SequenceEqual(_memory.Connections.OrderBy(c => c.Key)) ? "connections were not saved"
            : !stored.Streams.OrderBy(c => c.Key).SequenceEqual(_memory.Streams.OrderBy(c => c.Key)) ? "stream ends were not saved"
            : !stored.Facts.Tickets.Keys.Order().SequenceEqual(_memory.Facts.Tickets.Keys.Order()) ? "tickets were not saved"
            : stored.StaffSeenAt != _memory.StaffSeenAt ? "the heartbeat of staff was not saved"
            : null;
    }
}
