using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Facilitators;
using GroupTherapy.Scheduling.Groups;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Sessions;

/// <param name="StartsAt">The new start, in the future; the duration stays.</param>
public sealed record RescheduleSessionRequest([property: Required, JsonConverter(typeof(InstantAsWritten))] DateTimeOffset? StartsAt);

/// <summary>Keeps the offset that was written, which the usual reading of instants forgets: it tells a wall clock in the gap.</summary>
internal sealed class InstantAsWritten : JsonConverter<DateTimeOffset?>
{
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String when InstantConverter.TryParse(reader.GetString(), out _) => DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture),
        _ => throw new JsonException("An instant is written like 2026-11-24T00:00:00Z."),
    };

    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        if (value is { } at)
        {
            writer.WriteStringValue(InstantConverter.Text(at));
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>Moves one session; the series stays where it is.</summary>
internal static class RescheduleSession
{
    public static void MapRescheduleSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/reschedule", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<SessionView>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);

    private static Task<IResult> HandleAsync(Guid id, RescheduleSessionRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, work => MoveAsync(work, id, request));

    private static async Task<Reply> MoveAsync(UnitOfWork work, Guid id, RescheduleSessionRequest request)
    {
        if (await SessionSql.LockAsync(work, id) is not var (group, session))
        {
            return Reply.Refused(Problem.NotFound());
        }

        var errors = SessionRules.CheckNewStart(request.StartsAt, SeriesRules.Zone(session.TimeZone)!, work.Now);
        if (errors.Any)
        {
            return Reply.Refused(errors.ToProblem());
        }

        if (SessionRules.RefuseMove(session, work.Now) is { } refusal)
        {
            return Reply.Refused(refusal);
        }

        var startsAt = request.StartsAt!.Value.ToMicroseconds();
        if (startsAt == session.StartsAt)
        {
            return Reply.Ok(session.View());
        }

        var endsAt = startsAt + (session.EndsAt - session.StartsAt);
        Guid[] staff = [session.LeadFacilitatorId, .. session.CoFacilitatorIds];
        await FacilitatorSql.LockAsync(work, staff);
        var meeting = new Occurrence(0, DateOnly.FromDateTime(startsAt.UtcDateTime), startsAt, endsAt);
        if (await BookingSql.FirstClashAsync(work, staff, [meeting], exceptSession: id) is { } clash)
        {
            return Reply.Refused(clash.ToProblem());
        }

        await work.ExecuteAsync("update bookings set during = tstzrange(@startsAt, @endsAt) where session_id = @id", new { id, startsAt, endsAt });
        var moved = (await work.FirstOrDefaultAsync<SessionRow>(
            $"""
             update sessions s set starts_at = @startsAt, ends_at = @endsAt, version = s.version + 1, changed_at = @Now
             where s.id = @id returning {SessionSql.Columns}
             """, new { id, startsAt, endsAt, work.Now }))!;
        await work.PublishAsync(new SessionRescheduled(SessionRules.Snapshot(group, moved), work.Now));
        await work.AuditAsync("session.rescheduled", reference: id, data: new { group.Id, from = session.StartsAt, to = startsAt, moved.Version });
        await KeepEndOfSeriesAsync(work, group);
        return Reply.Ok(moved.View());
    }

    // Seats last until the end of the series, so a last session that moved moves that too.
    private static async Task KeepEndOfSeriesAsync(UnitOfWork work, GroupRow group)
    {
        var moved = await work.ExecuteAsync(
            """
            update groups g set series_ends_at = last.ends_at, version = version + 1
            from (select max(ends_at) as ends_at from sessions where group_id = @Id) last
            where g.id = @Id and g.weeks is not null and g.closed_at is null and g.series_ends_at is distinct from last.ends_at
            """, new { group.Id });
        if (moved == 1)
        {
            var changed = await GroupSql.GetAsync(work, group.Id);
            await work.PublishAsync(new GroupChanged(changed.Snapshot(), work.Now));
            await work.AuditAsync("group.changed", reference: group.Id, data: new { changed.Version, changed.SeriesEndsAt });
        }
    }
}
