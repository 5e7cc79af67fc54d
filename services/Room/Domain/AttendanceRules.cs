using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>One coming (<c>true</c>) or going of one person, as the log has it.</summary>
public sealed record Movement(Guid ParticipantId, bool Came, DateTimeOffset At);

/// <summary>A member who was expected.</summary>
/// <param name="RefusedForPlace">Their last attempt to join was answered by the place they were in.</param>
/// <param name="WaitedAt">When they first were before the door; null when they never had to wait.</param>
public sealed record Expected(Guid ParticipantId, Guid MemberId, bool RefusedForPlace, DateTimeOffset? WaitedAt = null);

/// <summary>When the session was to be and when it was.</summary>
/// <param name="OpenedAt">Null when it never went live.</param>
/// <param name="EndedAt">Null while it runs.</param>
public sealed record Held(DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset? OpenedAt, DateTimeOffset? EndedAt);

/// <summary>Counts who was there, from the log alone. Pure.</summary>
public static class AttendanceRules
{
    /// <summary>Later or earlier than this counts as late, or as leaving early.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static AttendanceRecord Of(Expected member, IEnumerable<Movement> log, Held held, DateTimeOffset now)
    {
        var segments = Segments(log.Where(m => m.ParticipantId == member.ParticipantId), held.EndedAt);
        var present = segments.Count > 0;
        var begin = held.OpenedAt is { } opened && opened > held.StartsAt ? opened : held.StartsAt;
        var end = held.EndedAt is { } ended && ended < held.EndsAt ? ended : held.EndsAt;
        return new AttendanceRecord(
            member.ParticipantId, member.MemberId, segments, Minutes(segments, held, now),
            // Who was on time before the door is not late because it was opened to them later.
            present && (member.WaitedAt is { } waited && waited < segments[0].JoinedAt ? waited : segments[0].JoinedAt) > begin + Tolerance,
            present && held.EndedAt is not null && segments[^1].LeftAt < end - Tolerance,
            Status(present, member, held));
    }

    // Nobody missed a session that was never opened, or whose door was not opened to them.
    private static string Status(bool present, Expected member, Held held) =>
        present ? "present" : member.RefusedForPlace ? "refused_for_place" : member.WaitedAt is not null || held is { EndedAt: not null, OpenedAt: null }
            ? "excused" : "no_show";

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

    // Whole minutes within the live time; the waiting before it and the talk after it are nobody's therapy.
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
