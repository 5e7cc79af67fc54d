using System.Collections.Immutable;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Tests.Machine;

/// <summary>Keeps what decisions changed as rows, as the database does: what a decision does not name as changed is not saved.</summary>
internal sealed class Store
{
    private readonly Dictionary<Guid, Participant> _participants = [];
    private readonly Dictionary<string, ConnectionState> _connections = [];
    private readonly Dictionary<string, StreamEnd> _streams = [];
    private readonly Dictionary<(Guid, string), KnownPost> _posts = [];
    private readonly Dictionary<string, Ticket> _tickets = [];
    private readonly Dictionary<(Guid, Guid), KnownPermit> _permits = [];
    private ImmutableDictionary<Guid, string> _staff = ImmutableDictionary<Guid, string>.Empty;
    private SessionState? _session;

    private readonly HashSet<(string, long)> _hidden = [];

    public List<RoomEvent> Log { get; } = [];

    public HashSet<(string Stream, long Seq)> Retracted { get; } = [];

    public Dictionary<(string Kind, Guid Subject), DateTimeOffset> Deadlines { get; } = [];

    public DateTimeOffset? StaffSeenAt { get; set; }

    public void Save(RoomState state, RoomChanges changes)
    {
        if (changes.Session || changes.IsNewSession)
        {
            _session = state.Session;
        }

        _staff = changes.StaffList ? state.Staff : _staff;
        StaffSeenAt = changes.StaffSeenAt is { } seen && !(StaffSeenAt > seen) ? seen : StaffSeenAt;
        foreach (var id in changes.Participants)
        {
            _participants[id] = state.Participants[id];
        }

        foreach (var id in changes.Connections)
        {
            if (state.Connections.TryGetValue(id, out var connection))
            {
                _connections[id] = connection;
            }
            else
            {
                _connections.Remove(id);
            }
        }

        foreach (var stream in changes.Streams)
        {
            _streams[stream] = state.Streams[stream];
        }

        Log.AddRange(changes.Events);
        changes.Events.ForEach(Catalogue.Check);
        foreach (var place in changes.Hidden)
        {
            _hidden.Add(place);
        }

        foreach (var place in changes.Retracted)
        {
            Retracted.Add(place);
        }

        foreach (var post in changes.Posts)
        {
            _posts.Add((post.ParticipantId, post.ClientId), new KnownPost(post.Stream, post.Seq, state.Streams[post.Stream].At, post.Digest));
        }

        SaveTickets(changes);
        foreach (var permit in changes.Permits)
        {
            _permits[(permit.MemberId, permit.EnrollmentId)] = new KnownPermit(permit.EnrollmentId, true, permit);
        }

        foreach (var (deadline, dueAt) in changes.Deadlines)
        {
            if (dueAt is { } due)
            {
                Deadlines[deadline] = due;
            }
            else
            {
                Deadlines.Remove(deadline);
            }
        }
    }

    /// <summary>The room as a process reads it that knows nothing else.</summary>
    public RoomState Load(SessionKey key) =>
        new(_session!, RoomTimes.Default)
        {
            Key = _session!.WrappedKey is null ? null : key,
            Participants = _participants.ToImmutableSortedDictionary(),
            Staff = _staff,
            Connections = _connections.ToImmutableDictionary(),
            Streams = _streams.ToImmutableDictionary(),
            StaffSeenAt = StaffSeenAt,
            LeaseTerm = 1,
            Facts = new RoomFacts
            {
                KnownPosts = _posts.ToImmutableDictionary(),
                Messages = Log.Where(e => e.Kind == Kinds.Posted)
                    .ToImmutableDictionary(
                        e => (e.Stream, e.Seq),
                        e => new KnownMessage(e.By!.ParticipantId, _hidden.Contains((e.Stream, e.Seq)), Retracted.Contains((e.Stream, e.Seq)))
                    ),
                Tickets = _tickets.ToImmutableDictionary(),
                Permits = [.. _permits.Values],
                Attendance = new AttendanceFacts([], [], ImmutableDictionary<Guid, ImmutableList<Correction>>.Empty),
            },
        };

    private void SaveTickets(RoomChanges changes)
    {
        foreach (
            var hash in _tickets
                .Where(t =>
                    changes.AllTicketsRevoked
                    || changes.RevokedTickets.Contains(t.Value.ParticipantId)
                    || changes.SpentTickets.Exists(s => Convert.ToHexString(s) == t.Key)
                )
                .Select(t => t.Key)
                .ToList()
        )
        {
            _tickets.Remove(hash);
        }

        foreach (var ticket in changes.NewTickets)
        {
            _tickets[Convert.ToHexString(ticket.Hash)] = new Ticket(ticket.ParticipantId, ticket.AccountId, ticket.ExpiresAt);
        }
    }
}
