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

        foreach (
            var p in await work.QueryAsync<Permit>(
                """
                update permits p set version = p.version + 1, withdrawn = true, digest = 'withdrawn' from enrollments e
                where p.enrollment_id = any(@enrollmentIds) and (@sessionId::uuid is null or p.session_id = @sessionId) and not p.withdrawn
                    and e.id = p.enrollment_id
                returning p.id, p.enrollment_id, p.session_id, p.version, e.member_id, e.group_id
                """,
                new { enrollmentIds, sessionId }
            )
        )
        {
            work.Publish(new PermitChanged(p.Id, p.EnrollmentId, p.MemberId, p.GroupId, p.SessionId, p.Version, true, work.Now, 0, "", "", [], []));
        }
    }

    /// <summary>The enrollment, locked, while it is confirmed; null otherwise.</summary>
    public static Task<EnrolledMember?> LockEnrolledAsync(UnitOfWork work, Guid enrollmentId) =>
        work.FirstOrDefaultAsync<EnrolledMember>(
            "select id, group_id, member_id from enrollments where id = @enrollmentId and status = 'enrolled' for no key update",
            new { enrollmentId }
        );

    /// <summary>Sessions of the group that need a permit of this enrollment now: near ones, the first under coming rules, and those that had one.</summary>
    /// <param name="since">Sessions that ended before it need none.</param>
    /// <param name="coming">When other rules come into force.</param>
    public static Task<IReadOnlyList<PermitSession>> SessionsAsync(UnitOfWork work, EnrolledMember enrolled, DateTimeOffset since, DateTimeOffset? coming) =>
        work.QueryAsync<PermitSession>(
            """
            select session_id, starts_at, ends_at, modality, lead_id, co_ids, cancelled from planned_sessions s
            where group_id = @GroupId and ends_at > @since and (starts_at < @horizon or cancelled
                or starts_at = (select min(n.starts_at) from planned_sessions n where n.group_id = @GroupId and not n.cancelled
                    and n.starts_at >= @coming::timestamptz)
                or exists (select 1 from permits p where p.enrollment_id = @Id and p.session_id = s.session_id and not p.withdrawn))
            order by starts_at
            """,
            new
            {
                enrolled.Id,
                enrolled.GroupId,
                since,
                horizon = work.Now + Horizon,
                coming,
            }
        );

    /// <summary>Saves a permit whose answers differ from those before.</summary>
    /// <returns>Null where they are the same.</returns>
    public static Task<SavedPermit?> SaveAsync(UnitOfWork work, Guid enrollmentId, Guid sessionId, string digest, bool letsIn) =>
        work.FirstOrDefaultAsync<SavedPermit>(
            """
            with before as (select lets_in from permits where enrollment_id = @enrollmentId and session_id = @sessionId)
            insert into permits (id, enrollment_id, session_id, version, withdrawn, digest, lets_in)
                values (@permit, @enrollmentId, @sessionId, 1, false, @digest, @letsIn)
            on conflict (enrollment_id, session_id) do update set version = permits.version + 1, withdrawn = false, digest = excluded.digest,
                lets_in = excluded.lets_in
            where permits.digest <> excluded.digest returning id, version, (select lets_in from before) as did_let_in
            """,
            new
            {
                permit = work.NewId(),
                enrollmentId,
                sessionId,
                digest,
                letsIn,
            }
        );

    /// <summary>Stores a permit's inputs.</summary>
    public static Task SaveInputsAsync(UnitOfWork work, SavedPermit permit, int ruleSet, string inputs) =>
        work.ExecuteAsync(
            "insert into permit_inputs (permit_id, version, rule_set, inputs, computed_at) values (@Id, @Version, @ruleSet, @inputs, @Now)",
            new
            {
                permit.Id,
                permit.Version,
                ruleSet,
                inputs,
                work.Now,
            }
        );

    /// <summary>The inputs of a permit's decision; null for an unknown permit.</summary>
    public static Task<PermitInputs?> InputsAsync(UnitOfWork work, Guid permitId, long version) =>
        work.FirstOrDefaultAsync<PermitInputs>(
            "select rule_set, inputs from permit_inputs where permit_id = @permitId and version = @version",
            new { permitId, version }
        );

    private sealed record Permit(Guid Id, Guid EnrollmentId, Guid SessionId, long Version, Guid MemberId, Guid GroupId);
}

/// <summary>A confirmed enrollment.</summary>
internal sealed record EnrolledMember(Guid Id, Guid GroupId, Guid MemberId);

/// <summary>A session for which a permit is made.</summary>
internal sealed record PermitSession(
    Guid SessionId,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string Modality,
    Guid LeadId,
    Guid[] CoIds,
    bool Cancelled
);

/// <param name="DidLetIn">Whether the previous permit let the member in from home; null for the first.</param>
internal sealed record SavedPermit(Guid Id, long Version, bool? DidLetIn);

/// <summary>Stored inputs of a permit.</summary>
internal sealed record PermitInputs(int RuleSet, string Inputs);
