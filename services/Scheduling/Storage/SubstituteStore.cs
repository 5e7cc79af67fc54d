using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Finds and ranks substitutes, and writes a substitution.</summary>
internal static class SubstituteStore
{
    /// <summary>Notes that substitutes are sought for a held room.</summary>
    /// <returns>False where they were sought already.</returns>
    public static async Task<bool> BeginSearchAsync(UnitOfWork work, Guid sessionId, long version) =>
        await work.ExecuteAsync(
            """
            insert into substitute_searches (session_id, version, sought_at) values (@sessionId, @version, @Now)
            on conflict (session_id) do update set version = excluded.version, sought_at = excluded.sought_at
                where substitute_searches.version < excluded.version
            """,
            new
            {
                sessionId,
                version,
                work.Now,
            }
        ) == 1;

    /// <summary>Every facilitator of the practice, but for the present lead, who may serve at least one of the members; best first.</summary>
    /// <param name="members">The members to serve: where the group's members live, or where those in the room are.</param>
    public static async Task<IReadOnlyList<Substitute>> RankAsync(
        UnitOfWork work,
        Group group,
        Session session,
        Coverage coverage,
        IReadOnlyList<MembersByJurisdiction> members,
        MeetingTime rest
    )
    {
        var served = coverage.Facilitators.ToLookup(f => f.FacilitatorId, f => f.Places);
        var people = await work.QueryAsync<Person>(
            "select id, display_name, profession, credentials from facilitators where practices @> array[@Practice] and id <> @LeadFacilitatorId",
            new { group.Practice, session.LeadFacilitatorId }
        );
        var busy = await BookingStore.BusyAsync(work, [.. people.Select(p => p.Id)], rest, session.Id);
        var noMembers = members.All(m => m.Members == 0);
        return SubstituteRules.Rank(
            from p in people
            let places = served[p.Id].SelectMany(s => s).ToList()
            let split = SubstituteRules.Split(members, places, rest.StartsAt, rest.EndsAt)
            where split.Covers.Count > 0 || (noMembers && places.Count > 0)
            select new Substitute(p.Id, p.DisplayName, p.Profession, p.Credentials, split.Covers, split.Uncovered, busy.Contains(p.Id)),
            group.Staff
        );
    }

    /// <summary>Lets another facilitator lead the session, books what is left of it, and notes who was replaced.</summary>
    /// <returns>The session; null when the substitute is busy after all.</returns>
    public static async Task<Session?> SubstituteAsync(
        UnitOfWork work,
        Group group,
        Session before,
        Guid facilitator,
        Guid[] cos,
        MeetingTime rest,
        IReadOnlyList<UncoveredPlace> uncovered
    )
    {
        Guid[] staff = [facilitator, .. cos];
        await work.ExecuteAsync("delete from bookings where session_id = @Id and facilitator_id <> all(@staff)", new { before.Id, staff });
        var booked = await BookingStore.BookAsync(work, before.Id, staff, rest.StartsAt, rest.EndsAt);
        if (!booked.Contains(facilitator))
        {
            return null;
        }

        await NoteReplacedAsync(work, before, staff);
        var session = (
            await work.FirstOrDefaultAsync<Session>(
                $"""
                update sessions s set lead_facilitator_id = @facilitator, co_facilitator_ids = @cos, version = s.version + 1
                where s.id = @Id returning {SessionStore.Columns}
                """,
                new
                {
                    before.Id,
                    facilitator,
                    cos,
                }
            )
        )!;
        work.Publish(new FacilitatorSubstituted(session.Snapshot(group), work.Now, before.LeadFacilitatorId));
        work.Audit(
            "session.substituted",
            facilitator,
            session.Id,
            new
            {
                session.GroupId,
                from = before.LeadFacilitatorId,
                to = facilitator,
                uncovered = uncovered.Select(p => new { p.Jurisdiction, p.Members }),
                session.Version,
            }
        );
        await CoverStore.EndAsync(work, group, session, CoverRules.Asked);
        CoverStore.ScheduleCheck(work, group.Id);
        if (booked.Count < staff.Length)
        {
            SessionStore.AuditDoubleBooking(work, session);
        }

        return session;
    }

    /// <summary>Notes who was replaced in a session, and who came back, for their calendars.</summary>
    public static Task NoteReplacedAsync(UnitOfWork work, Session before, Guid[] staff) =>
        work.ExecuteAsync(
            """
            insert into replaced_staff (session_id, facilitator_id, is_away, changes, changed_at) select @Id, f, true, 1, @Now from unnest(@left) f
            on conflict (session_id, facilitator_id) do update set is_away = true, changes = replaced_staff.changes + 1, changed_at = excluded.changed_at;
            update replaced_staff set is_away = false, changes = changes + 1, changed_at = @Now
            where session_id = @Id and facilitator_id = any(@returned) and is_away
            """,
            new
            {
                before.Id,
                left = before.Staff.Except(staff).ToArray(),
                returned = staff.Except(before.Staff).ToArray(),
                work.Now,
            }
        );

    private sealed record Person(Guid Id, string DisplayName, string Profession, string[] Credentials);
}
