using System.Collections.Concurrent;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>
/// Rooms as this process saved them last. A decision on one of them counts only if the save finds the version that it was made on; anything that changes what
/// decides moves the version.
/// </summary>
internal sealed class RoomCache(TimeProvider clock)
{
    private const int MostRooms = 10_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ContendedFor = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<Guid, Entry> _rooms = new();
    private readonly ConcurrentDictionary<Guid, long> _contended = new();

    /// <summary>The rooms of all commands; null when one of them has to be loaded.</summary>
    /// <param name="term">The term that this node believes to have.</param>
    public IReadOnlyDictionary<Guid, RoomState>? For(IReadOnlyList<RoomCommand> commands, long term)
    {
        var rooms = new Dictionary<Guid, RoomState>();
        foreach (var command in commands)
        {
            if (
                !command.MayUseCachedState
                || command is not ISentCommand sent
                || !_rooms.TryGetValue(command.SessionId, out var entry)
                || clock.GetElapsedTime(entry.At) > KeptFor
                || !entry.SignIns.Contains(sent.Sender.SignInId)
            )
            {
                return null;
            }

            rooms[command.SessionId] = entry.State with { LeaseTerm = term };
        }

        return rooms;
    }

    /// <summary>Keeps a room as it was saved.</summary>
    /// <param name="signIns">Sign-ins that were not revoked when it was loaded.</param>
    /// <param name="isLoaded">It was read from the database for this save, with all that decides about its people.</param>
    public void Keep(RoomState saved, IEnumerable<Guid> signIns, bool isLoaded)
    {
        if (_contended.TryGetValue(saved.SessionId, out var since) && clock.GetElapsedTime(since) < ContendedFor)
        {
            return;
        }

        if (_rooms.Count > MostRooms)
        {
            _rooms.Clear();
        }

        var known = _rooms.GetValueOrDefault(saved.SessionId);
        // Sign-ins known to be valid at an older version may have been revoked since, unless this process made every version in between.
        HashSet<Guid> good = known is not null && known.State.Session.Version == saved.Session.Version - 1 ? [.. known.SignIns, .. signIns] : [.. signIns];
        _rooms[saved.SessionId] = new Entry(
            saved with
            {
                IsFresh = false,
                Facts = RoomFacts.None,
            },
            good,
            isLoaded || known is null ? clock.GetTimestamp() : known.At
        );
    }

    public void Forget(Guid session) => _rooms.TryRemove(session, out _);

    /// <summary>Another process writes to these rooms too: for a while they are loaded each time.</summary>
    public void Contended(IEnumerable<Guid> sessions)
    {
        foreach (var session in sessions)
        {
            Forget(session);
            _contended[session] = clock.GetTimestamp();
        }

        if (_contended.Count > MostRooms)
        {
            _contended.Clear();
        }
    }

    private sealed record Entry(RoomState State, IReadOnlySet<Guid> SignIns, long At);
}
