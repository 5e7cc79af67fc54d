using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Tests.Machine;

internal sealed partial class RoomMachine
{
    /// <summary>A client that followed the log and one that gets a snapshot know the same.</summary>
    private string? SnapshotsHold()
    {
        if (_memory.Session.Phase == Phases.Ended || _memory.Participants.IsEmpty)
        {
            return null;
        }

        var (now, told) = (RoomNow.Of(_memory, _memory.Participants.Values.First(), isIn: true), new Told());
        foreach (var e in _store.Log)
        {
            if (told.Apply(e) is { } repeated)
            {
                return repeated;
            }
        }

        return !told.Hands.SequenceEqual(now.Hands) ? $"hands by the log: {string.Join(' ', told.Hands)}, by the snapshot: {string.Join(' ', now.Hands)}"
            : told.Turn != now.Turn ? "the log and the snapshot disagree on the speaking turn"
            : (told.Locked, told.Slow) != (now.Locked, now.SlowSeconds) ? "the log and the snapshot disagree on lock or slow mode"
            : told.EndsAt is { } end && end != now.EndsAt && _memory.Session.ExtendedTo == now.EndsAt ? "the log and the snapshot disagree on the end"
            : Differ(told.Waiting, p => p.IsWaiting)
                ?? Differ(told.In, p => p is { Present: true, IsIn: true })
                ?? Differ(told.Muted, p => p.ChatMuted || p.AudioMuted || p.VideoMuted);
    }

    private string? Differ(HashSet<Guid> told, Func<Participant, bool> isSo) =>
        told.SetEquals(_memory.Participants.Values.Where(isSo).Select(p => p.ParticipantId)) ? null : "the log and the snapshot disagree on participants";

    /// <summary>What a client knows that followed every event.</summary>
    private sealed class Told
    {
        private readonly Dictionary<Guid, HashSet<string>> _muted = [];

        public List<Guid> Hands { get; } = [];

        public HashSet<Guid> Waiting { get; } = [];

        public HashSet<Guid> In { get; } = [];

        public Guid? Turn { get; private set; }

        public bool Locked { get; private set; }

        public int Slow { get; private set; }

        public DateTimeOffset? EndsAt { get; private set; }

        public HashSet<Guid> Muted => [.. _muted.Where(m => m.Value.Count > 0).Select(m => m.Key)];

        /// <returns>What is wrong with an event that tells nothing new.</returns>
        public string? Apply(RoomEvent e)
        {
            var owner = Streams.OwnerOf(e.Stream);
            switch (e.Kind)
            {
                case Kinds.HandRaised:
                    Hands.Add(((EventData.Subject)e.Data).ParticipantId);
                    break;
                case Kinds.HandLowered:
                    return Hands.Remove(((EventData.Subject)e.Data).ParticipantId) ? null : "a hand was lowered that was not up";
                case Kinds.TurnGiven:
                    var turn = ((EventData.Speaker)e.Data).ParticipantId;
                    var isNew = turn != Turn;
                    Turn = turn;
                    return isNew ? null : "a speaking turn was given twice";
                case Kinds.Locked or Kinds.Unlocked:
                    var wasLocked = Locked;
                    Locked = e.Kind == Kinds.Locked;
                    return wasLocked != Locked ? null : "locked or unlocked twice";
                case Kinds.Slowed:
                    Slow = (int)e.Data.GetType().GetProperty("seconds")!.GetValue(e.Data)!;
                    break;
                case Kinds.Extended:
                    EndsAt = (DateTimeOffset)e.Data.GetType().GetProperty("endsAt")!.GetValue(e.Data)!;
                    break;
                case Kinds.Waiting:
                    Waiting.Add(owner!.Value);
                    break;
                case Kinds.Admitted:
                    Waiting.Remove(owner!.Value);
                    break;
                case Kinds.Left when owner is { } gone:
                    return Waiting.Remove(gone) ? null : "a participant stopped waiting who did not wait";
                case Kinds.Joined:
                    return In.Add(((EventData.Presence)e.Data).ParticipantId) ? null : "a participant joined twice";
                case Kinds.Left:
                    return In.Remove(((EventData.Presence)e.Data).ParticipantId) ? null : "a participant left who was not in the room";
                case Kinds.Removed:
                    In.Remove(((EventData.Named)e.Data).ParticipantId);
                    Waiting.Remove(((EventData.Named)e.Data).ParticipantId);
                    break;
                case Kinds.Muted or Kinds.Unmuted:
                    return Mute(owner!.Value, e);
            }

            return null;
        }

        private string? Mute(Guid who, RoomEvent e)
        {
            var muted = _muted.TryGetValue(who, out var known) ? known : _muted[who] = [];
            foreach (var part in new[] { "Audio", "Video", "Chat" }.Where(p => e.Data.GetType().GetProperty(p)!.GetValue(e.Data) is true))
            {
                if (!(e.Kind == Kinds.Muted ? muted.Add(part) : muted.Remove(part)))
                {
                    return "a part was muted or unmuted twice";
                }
            }

            return null;
        }
    }
}
