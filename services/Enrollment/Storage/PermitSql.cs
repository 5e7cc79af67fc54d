using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Which permits and confirmed stays must be looked at again. Whatever may change an answer comes here, in the transaction that changed it.</summary>
internal static class PermitSql
{
    /// <summary>Permits are made for sessions that start within this time; later ones when they come near.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromDays(8);

    public static Task LookAgainAsync(UnitOfWork work, Guid enrollmentId, DateTimeOffset at) =>
        work.ExecuteAsync(Enqueue("id = @enrollmentId"), new { enrollmentId, at });

    public static async Task LookAgainAtMemberAsync(UnitOfWork work, Guid memberId)
    {
        await work.ExecuteAsync(Enqueue("member_id = @memberId"), new { memberId, at = work.Now });

        // Somebody who was passed over in a line may be eligible now.
        await work.ExecuteAsync("update enrollments set passed_until = null where member_id = @memberId and status = 'waitlisted' and passed_until is not null", new { memberId });
    }

    /// <summary>Some stays: permits of those enrolled; who was passed over in a line may be eligible now.</summary>
    public static async Task LookAgainAsync(UnitOfWork work, Guid[] stays)
    {
        await work.ExecuteAsync(Enqueue("id = any(@stays)"), new { stays, at = work.Now });
        await work.ExecuteAsync("update enrollments set passed_until = null where id = any(@stays) and status = 'waitlisted' and passed_until is not null", new { stays });
    }

    public static Task LookAgainAtGroupAsync(UnitOfWork work, Guid groupId) =>
        work.ExecuteAsync(Enqueue("group_id = @groupId"), new { groupId, at = work.Now });

    public static async Task LookAgainAtFacilitatorAsync(UnitOfWork work, Guid facilitatorId)
    {
        const string led =
            """
            group_id in (select group_id from seat_groups where lead_id = @facilitatorId or @facilitatorId = any(co_ids)
                union select group_id from planned_sessions where ends_at > @at and (lead_id = @facilitatorId or @facilitatorId = any(co_ids)))
            """;
        await work.ExecuteAsync(Enqueue(led), new { facilitatorId, at = work.Now });
        await work.ExecuteAsync($"update enrollments set passed_until = null where status = 'waitlisted' and passed_until is not null and {led}", new { facilitatorId, at = work.Now });
    }

    /// <summary>Everybody in a group, in the line too: what is asked for became something else.</summary>
    public static Task LookAgainAtStaysOfGroupAsync(UnitOfWork work, Guid groupId) => work.ExecuteAsync(
        """
        insert into stays_due (enrollment_id, due_at) select id, @Now from enrollments where group_id = @groupId and status <> 'ended' order by id
        on conflict (enrollment_id) do update set due_at = least(stays_due.due_at, excluded.due_at)
        """, new { groupId, work.Now });

    /// <summary>Ends every permit of a stay that is over: a permit that vanishes reaches a live room as an event.</summary>
    /// <param name="sessionId">One session that was cancelled; null when the stay itself is over.</param>
    public static async Task WithdrawAsync(UnitOfWork work, Guid enrollmentId, Guid? sessionId = null)
    {
        if (sessionId is null)
        {
            await work.ExecuteAsync("delete from permits_due where enrollment_id = @enrollmentId; delete from stays_due where enrollment_id = @enrollmentId", new { enrollmentId });
        }

        foreach (var p in await work.QueryAsync<Permit>(
            """
            update permits p set version = p.version + 1, withdrawn = true, digest = 'withdrawn' from enrollments e
            where p.enrollment_id = @enrollmentId and (@sessionId::uuid is null or p.session_id = @sessionId) and not p.withdrawn and e.id = p.enrollment_id returning p.id, p.session_id, p.version, e.member_id, e.group_id
            """, new { enrollmentId, sessionId }))
        {
            await work.PublishAsync(new PermitChanged(p.Id, enrollmentId, p.MemberId, p.GroupId, p.SessionId, p.Version, true, work.Now, 0, "", "", [], []));
        }
    }

    private static string Enqueue(string which) =>
        $"""
        insert into permits_due (enrollment_id, due_at) select id, @at from enrollments where status = 'enrolled' and {which} order by id
        on conflict (enrollment_id) do update set due_at = least(permits_due.due_at, excluded.due_at);
        insert into stays_due (enrollment_id, due_at) select id, @at from enrollments where status = 'enrolled' and {which} order by id
        on conflict (enrollment_id) do update set due_at = least(stays_due.due_at, excluded.due_at)
        """;

    private sealed record Permit(Guid Id, Guid SessionId, long Version, Guid MemberId, Guid GroupId);
}
