using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>One coming (<c>true</c>) or going of one participant, as the log has it: of the room, or of the waiting room.</summary>
public sealed record Movement(Guid ParticipantId, bool Came, DateTimeOffset At);

/// <summary>A member who was expected.</summary>
/// <param name="RefusedForPlace">Their last attempt to join was answered by the location they were in.</param>
/// <param name="ToldAbsence">They said beforehand that they will not come.</param>
public sealed record Expected(Guid ParticipantId, Guid MemberId, bool RefusedForPlace, bool ToldAbsence = false);

/// <summary>When the session was to be and when it was.</summary>
/// <param name="OpenedAt">Null when it never went live.</param>
/// <param name="EndedAt">Null while it runs.</param>
/// <param name="Cancelled">Called off, before or while it ran.</param>
/// <param name="InPerson">It has no room to join: attendance is what its facilitators record.</param>
public sealed record Held(
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    DateTimeOffset? OpenedAt,
    DateTimeOffset? EndedAt,
    bool Cancelled = false,
    bool InPerson = false
)
{
    /// <summary>It was called off or ended without ever being opened.</summary>
    public bool ExcusesAll => Cancelled || this is { InPerson: false, EndedAt: not null, OpenedAt: null };
}

/// <summary>Counts who was there, from the log alone. Pure.</summary>
public static class AttendanceRules
{
    /// <summary>Later or earlier than this counts as late, or as leaving early.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <param name="log">Arrivals and departures of the room, in order.</param>
    /// <param name="waits">Arrivals and departures of the waiting room, in order; an arrival repeats what is known while a participant waits.</param>
    public static AttendanceRecord Of(Expected member, IEnumerable<Movement> log, IEnumerable<Movement> waits, Held held, DateTimeOffset now)
    {
        var segments = Segments(log.Where(m => m.ParticipantId == member.ParticipantId), held.EndedAt);
        var waited = Segments(waits.Where(m => m.ParticipantId == member.ParticipantId), held.EndedAt);
        var present = segments.Count > 0;
        var begin = held.OpenedAt is { } opened && opened > held.StartsAt ? opened : held.StartsAt;
        var end = held.EndedAt is { } ended && ended < held.EndsAt ? ended : held.EndsAt;
        return new AttendanceRecord(
            member.ParticipantId,
            member.MemberId,
            segments,
            Minutes(segments, held, now),
            present && Arrival(segments[0].JoinedAt, waited) > begin + Tolerance,
            present && held.EndedAt is not null && segments[^1].LeftAt < end - Tolerance,
            Status(present, member, waited, held)
        );
    }

    // A member who waited without a break until they were let in arrived when that wait began. An earlier wait that they gave up does not count.
    private static DateTimeOffset Arrival(DateTimeOffset joinedAt, List<AttendanceSegment> waited) =>
        waited.FirstOrDefault(w => w.JoinedAt <= joinedAt && (w.LeftAt is not { } left || left >= joinedAt))?.JoinedAt ?? joinedAt;

    // No member missed a session that did not take place, that they had called off for themselves, or that they waited for in vain while it ran.
    private static string Status(bool present, Expected member, List<AttendanceSegment> waited, Held held) =>
        present ? "present"
        : held.ExcusesAll || (member.ToldAbsence && waited is not [.., { LeftAt: null }]) ? "excused"
        : held.InPerson ? "expected"
        : member.RefusedForPlace ? "refused_for_place"
        : held.EndedAt is null
            ? waited is [.., { LeftAt: null }] ? "waiting"
                : "expected"
        : waited.Exists(w => w.LeftAt is not { } left || left > held.OpenedAt) ? "excused"
        : "no_show";

    private static List<AttendanceSegment> Segments(IEnumerable<Movement> log, DateTimeOffset? endedAt)
    {
        var segments = new List<AttendanceSegment>();
        DateTimeOffset? since = null;
        foreach (var movement in log)
        {
            if (movement.Came)
            {
                since ??= movement.At;
            }
            else if (since is { } joined)
            {
                segments.Add(new AttendanceSegment(joined, movement.At));
                since = null;
            }
        }

        if (since is { } still)
        {
            segments.Add(new AttendanceSegment(still, endedAt));
        }

        return segments;
    }

    // Whole minutes within the live time; the waiting before it and the talk after it are not therapy.
    private static int Minutes(List<AttendanceSegment> segments, Held held, DateTimeOffset now)
    {
        if (held.OpenedAt is not { } opened)
        {
            return 0;
        }

        var total = TimeSpan.Zero;
        foreach (var segment in segments)
        {
            var from = segment.JoinedAt > opened ? segment.JoinedAt : opened;
            var to = segment.LeftAt ?? held.EndedAt ?? now;
            to = held.EndedAt is { } ended && ended < to ? ended : to;
            total += to > from ? to - from : TimeSpan.Zero;
        }

        return (int)total.TotalMinutes;
    }
}
