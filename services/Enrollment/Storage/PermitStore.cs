using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Permits as they were published.</summary>
internal static class PermitStore
{
    /// <summary>Permits are made for sessions that start within this time; later ones when they come near.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(8);

    /// <summary>Ends permits: of enrollments that are over, or of a session that was cancelled. A permit that vanishes reaches a live room as an
    /// event.</summary>
    /// <param name="sessionId">Null for all sessions.</param>
    public static async Task WithdrawAsync(UnitOfWork work, Guid[] enrollmentIds, Guid? sessionId = null)
    {
        if (enrollmentIds.Length == 0)
        {
            return;
        }

        foreach (var p in await work.QueryAsync<Permit>(
            """
            update permits p set version = p.version + 1, withdrawn = true, digest = 'withdrawn' from enrollments e
            where p.enrollment_id = any(@enrollmentIds) and (@sessionId::uuid is null or p.session_id = @sessionId) and not p.withdrawn
                and e.id = p.enrollment_id
            returning p.id, p.enrollment_id, p.session_id, p.version, e.member_id, e.group_id
            """, new { enrollmentIds, sessionId }))
        {
            await work.PublishAsync(new PermitChanged(p.Id, p.EnrollmentId, p.MemberId, p.GroupId, p.SessionId, p.Version, true, work.Now, 0, "", "", [], []));
        }
    }

    private sealed record Permit(Guid Id, Guid EnrollmentId, Guid SessionId, long Version, Guid MemberId, Guid GroupId);
}
