using System.ComponentModel;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// The calendar between two instants, at most 62 days: an operator's practices whole, a facilitator's own sessions; with absences, time off, holidays and
/// conflicts.
/// </summary>
internal static class GetWeek
{
    private const int MostDays = 62;

    public static void MapGetWeek(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/calendar", (Delegate)HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<CalendarWeek>()
            .Describe("getWeek", Tag.Calendars, "Sessions, absences, time off, holidays and conflicts between two instants");

    private static async Task<IResult> HandleAsync(
        Db db,
        Caller caller,
        [Description("What ends after this instant; left out, now.")] string? from,
        [Description("What starts before this instant; left out, a week after from.")] string? to,
        [Description("One facilitator; left out, all whom the caller may see.")] Guid? facilitator,
        CancellationToken ct
    )
    {
        var errors = Period.Read(from, to, out var start, out var end);
        var since = start ?? (end is { } e ? (e > DateTimeOffset.MinValue.AddDays(8) ? e.AddDays(-7) : e) : db.Clock.GetUtcNow());
        var until = end ?? (since < DateTimeOffset.MaxValue.AddDays(-8) ? since.AddDays(7) : since);
        errors.Check(until - since <= TimeSpan.FromDays(MostDays), "to", $"At most {MostDays} days after from.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        await using var work = await db.BeginAsync(caller, ct);
        var args = new
        {
            since,
            until,
            facilitator,
            operates = caller.PracticesAs(Roles.Operator),
            facilitates = caller.PracticesAs(Roles.Facilitator),
            caller.AccountId,
        };
        var sessions = (await work.QueryAsync<Row>(Sql, args)).Select(r => r.View()).ToList();
        var timeOff = await work.QueryAsync<CalendarTimeOff>(
            """
            select t.facilitator_id, t.starts_at as "from", t.ends_at as "to" from time_off t join facilitators f on f.id = t.facilitator_id
            where t.ends_at > @since and t.starts_at < @until and (@facilitator::uuid is null or t.facilitator_id = @facilitator)
              and (t.facilitator_id = @AccountId or f.practices && @operates)
            order by t.starts_at, t.facilitator_id limit 2000
            """,
            args
        );
        var holidays = await work.QueryAsync<CalendarHoliday>(
            """
            select practice, day, name, effect from holidays
            where practice = any(@operates || @facilitates) and day >= (@since at time zone 'UTC')::date - 1 and day <= (@until at time zone 'UTC')::date
            order by day, practice
            """,
            args
        );
        return TypedResults.Ok(new CalendarWeek(sessions, timeOff, holidays, WeekRules.Conflicts(sessions, timeOff)));
    }

    private const string Sql = """
        select s.id, s.group_id, g.name as group_name, g.practice, g.service_class, g.modality, s.starts_at, s.ends_at, s.time_zone,
            s.cancelled_at, p.phase, s.lead_facilitator_id, s.co_facilitator_ids, m.seats, m.absences, u.cause as uncovered,
            exists (select 1 from quorum_questions q where q.session_id = s.id and q.takes_place is null) as quorum_asked
        from sessions s join groups g on g.id = s.group_id
        left join session_phases p on p.session_id = s.id left join uncovered_sessions u on u.session_id = s.id
        cross join lateral (
            select count(*)::int as seats, count(*) filter (where a.absent)::int as absences
            from seat_sessions e left join absences a on a.session_id = e.session_id and a.member_id = e.member_id
            where e.session_id = s.id and (e.ended_at is null or s.starts_at < e.ended_at)) m
        where s.ends_at > @since and s.starts_at < @until
          and (g.practice = any(@operates)
            or (g.practice = any(@facilitates) and (s.lead_facilitator_id = @AccountId or s.co_facilitator_ids @> array[@AccountId])))
          and (@facilitator::uuid is null or s.lead_facilitator_id = @facilitator or s.co_facilitator_ids @> array[@facilitator::uuid])
        order by s.starts_at, s.id limit 5000
        """;

    private sealed record Row(
        Guid Id,
        Guid GroupId,
        string GroupName,
        string Practice,
        string ServiceClass,
        string Modality,
        DateTimeOffset StartsAt,
        DateTimeOffset EndsAt,
        string TimeZone,
        DateTimeOffset? CancelledAt,
        string? Phase,
        Guid LeadFacilitatorId,
        Guid[] CoFacilitatorIds,
        int Seats,
        int Absences,
        string? Uncovered,
        bool QuorumAsked
    )
    {
        public CalendarSession View() =>
            new(
                Id,
                GroupId,
                GroupName,
                Practice,
                ServiceClass,
                Modality,
                StartsAt,
                EndsAt,
                TimeZone,
                SessionRules.Status(CancelledAt is not null, Phase),
                LeadFacilitatorId,
                CoFacilitatorIds,
                Seats,
                Absences,
                CancelledAt is null ? Uncovered : null,
                QuorumAsked && CancelledAt is null
            );
    }
}
