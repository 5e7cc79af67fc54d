using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Attendance;

/// <summary>One correction, as it is told.</summary>
/// <param name="Status">Null when only a note was added.</param>
/// <param name="By">The facilitator's account.</param>
public sealed record Correction(string? Status, Guid By, DateTimeOffset At);

/// <summary>Attendance as it counts now: what the log says, and what facilitators said against it.</summary>
/// <param name="Corrected">Whether a facilitator has changed the status.</param>
/// <param name="CorrectedBy">The account of who did so last.</param>
/// <param name="CountedStatus">What the log alone says.</param>
/// <param name="Corrections">All of them, the oldest first.</param>
public sealed record AttendanceItem(
    Guid ParticipantId, Guid MemberId, IReadOnlyList<AttendanceSegment> Segments, int Minutes, bool Late, bool LeftEarly, string Status,
    bool Corrected, Guid? CorrectedBy, string CountedStatus, IReadOnlyList<Correction> Corrections)
{
    /// <summary>As the other services are told.</summary>
    public AttendanceRecord Counted() => new(ParticipantId, MemberId, Segments, Minutes, Late, LeftEarly, Status);

    public static AttendanceItem Of(AttendanceRecord counted, IReadOnlyList<Correction> corrections)
    {
        var last = corrections.LastOrDefault(c => c.Status is not null);
        return new AttendanceItem(
            counted.ParticipantId, counted.MemberId, counted.Segments, counted.Minutes, counted.Late, counted.LeftEarly, last?.Status ?? counted.Status,
            last is not null, last?.By, counted.Status, corrections);
    }
}

/// <summary>Corrections are rows beside the count; none is ever changed or taken back but by another.</summary>
internal static class Corrections
{
    public static async Task<ILookup<Guid, Correction>> OfAsync(UnitOfWork work, Guid session)
    {
        var rows = await work.QueryAsync<Row>(
            "select member_id, status, by_account, at from attendance_corrections where session_id = @session order by member_id, version", new { session });
        return rows.ToLookup(r => r.MemberId, r => new Correction(r.Status, r.ByAccount, r.At));
    }

    public static async Task<IReadOnlyList<AttendanceItem>> CountAsync(UnitOfWork work, SessionRow session)
    {
        var corrections = await OfAsync(work, session.SessionId);
        return [.. (await AttendanceOf.CountAsync(work, session)).Select(r => AttendanceItem.Of(r, [.. corrections[r.MemberId]]))];
    }

    private sealed record Row(Guid MemberId, string? Status, Guid ByAccount, DateTimeOffset At);
}
