using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>One correction of a member's attendance.</summary>
/// <param name="Status">Null when only a note was added.</param>
/// <param name="By">The facilitator's account.</param>
public sealed record Correction(string? Status, Guid By, DateTimeOffset At);

/// <summary>Attendance as it counts now: what the log says, and what facilitators corrected.</summary>
/// <param name="Corrected">Whether a facilitator has changed the status.</param>
/// <param name="CorrectedBy">The account of the last one who did.</param>
/// <param name="CountedStatus">The status by the log alone.</param>
/// <param name="Corrections">All of them, oldest first.</param>
public sealed record AttendanceItem(
    Guid ParticipantId,
    Guid MemberId,
    IReadOnlyList<AttendanceSegment> Segments,
    int Minutes,
    bool Late,
    bool LeftEarly,
    string Status,
    bool Corrected,
    Guid? CorrectedBy,
    string CountedStatus,
    IReadOnlyList<Correction> Corrections
)
{
    /// <summary>As published to other services.</summary>
    public AttendanceRecord Counted() => new(ParticipantId, MemberId, Segments, Minutes, Late, LeftEarly, Status);

    public static AttendanceItem Of(AttendanceRecord counted, IReadOnlyList<Correction> corrections)
    {
        var last = corrections.LastOrDefault(c => c.Status is not null);
        return new AttendanceItem(
            counted.ParticipantId,
            counted.MemberId,
            counted.Segments,
            counted.Minutes,
            counted.Late,
            counted.LeftEarly,
            last?.Status ?? counted.Status,
            last is not null,
            last?.By,
            counted.Status,
            corrections
        );
    }
}

/// <summary>The attendance of a session, counted from the log, with the facilitators' corrections.</summary>
internal static class Attendance
{
    /// <exception cref="InvalidOperationException">The state was loaded without the facts of attendance.</exception>
    public static IReadOnlyList<AttendanceItem> Count(RoomState room, DateTimeOffset now)
    {
        var facts = room.Facts.Attendance ?? throw new InvalidOperationException("Attendance was not loaded.");
        var s = room.Session;
        var held = new Held(s.StartsAt, s.EndsAt, s.OpenedAt, s.EndedAt, s.Cancelled, s.InPerson);
        return
        [
            .. room
                .Participants.Values.Where(p => p.Role == RoomRoles.Member)
                .Select(p =>
                    AttendanceItem.Of(
                        AttendanceRules.Of(
                            new Expected(p.ParticipantId, p.AccountId, p.RefusedAt is not null, facts.Absent.Contains(p.AccountId)),
                            facts.Movements,
                            facts.Waits,
                            held,
                            now
                        ),
                        facts.Corrections.GetValueOrDefault(p.AccountId) ?? []
                    )
                ),
        ];
    }

    public static AttendanceFacts After(AttendanceFacts facts, RoomEvent e) =>
        e.Kind switch
        {
            Kinds.Left or Kinds.Admitted or Kinds.Waiting when Streams.OwnerOf(e.Stream) is { } owner => facts with
            {
                Waits = facts.Waits.Add(new Movement(owner, e.Kind == Kinds.Waiting, e.At)),
            },
            Kinds.Joined => facts with { Movements = facts.Movements.Add(new Movement(((EventData.Presence)e.Data).ParticipantId, true, e.At)) },
            Kinds.Left => facts with { Movements = facts.Movements.Add(new Movement(((EventData.Presence)e.Data).ParticipantId, false, e.At)) },
            Kinds.Removed => facts with { Movements = facts.Movements.Add(new Movement(((EventData.Named)e.Data).ParticipantId, false, e.At)) },
            _ => facts,
        };

    /// <summary>Members who are expected and never asked to join get a row too, so that attendance names all of them, while the session runs too.</summary>
    public static void AddAbsent(RoomDraft room)
    {
        var expected = room
            .Facts.Permits.Where(p => p is { Active: true, Permit.Withdrawn: false })
            .Select(p => p.Permit.MemberId)
            .Union(room.Facts.Enrolled.Keys);
        foreach (
            var member in expected
                .Where(m => room.State.OfAccount(m) is null && !JoinRules.BeginsLater(room.Facts.Enrolled.GetValueOrDefault(m), room.Session.StartsAt))
                .Order()
                .ToList()
        )
        {
            room.Set(new Participant(room.NewId(), member, RoomRoles.Member));
        }
    }

    /// <summary>A facilitator's word against the count: a new fact beside it, for the record and for other services.</summary>
    public static Refusal? Correct(RoomDraft room, CorrectAttendance correction, out AttendanceItem? item)
    {
        var (s, member) = (room.Session, correction.MemberId);
        item = null;
        if (s.Phase == Phases.Scheduled && !(s.InPerson && room.Now >= s.StartsAt))
        {
            return new Refusal("room-not-open", "There is no attendance of a session that has not begun.");
        }

        if (correction.Note is not null && s.WrappedKey is null)
        {
            return new Refusal("retention-over", "Notes of this session are not kept any more.");
        }

        // A member who is expected may be excused, whether they ever asked to join or not.
        AddAbsent(room);
        if (room.State.OfAccount(member) is not { Role: RoomRoles.Member } who)
        {
            return Refusal.NotFound;
        }

        var facts = room.Facts.Attendance!;
        var known = facts.Corrections.GetValueOrDefault(member) ?? [];
        var version = known.Count + 1L;
        room.Changes.Corrections.Add(new CorrectionRow(room.NewId(), member, version, correction.Status, correction.Note, correction.ByAccount));
        room.Facts = room.Facts with
        {
            Attendance = facts with
            {
                Corrections = facts.Corrections.SetItem(member, known.Add(new Correction(correction.Status, correction.ByAccount, room.Now))),
            },
        };
        room.Audit("attendance.corrected", member, new { correction.Status, version });
        if (correction.Status is { } status)
        {
            room.Publish(new AttendanceCorrected(s.SessionId, s.GroupId, who.ParticipantId, member, status, version, room.Now));
        }

        item = Count(room.State, room.Now).Single(r => r.MemberId == member);
        return null;
    }
}
