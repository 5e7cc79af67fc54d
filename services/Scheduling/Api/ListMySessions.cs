using System.ComponentModel;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>One of the caller's own sessions.</summary>
/// <param name="Role">The caller's role in it: <c>member</c>, <c>lead</c> or <c>co_facilitator</c>.</param>
/// <param name="Absent">The caller said that they will not come.</param>
/// <param name="Absences">For those who lead: how many members said so; null for a member.</param>
/// <param name="Modality"><c>video</c> or <c>in_person</c>; in person there is no room to join.</param>
/// <param name="Venue">Where people meet in person; null by video.</param>
/// <param name="FacilitatorName">The name of the facilitator who leads this session, as members know them.</param>
/// <param name="Substituted">Another person than the group's own facilitator leads this one.</param>
/// <param name="Unsure">No facilitator may lead it as planned, and members have been told.</param>
public sealed record MySession(
    Guid Id,
    Guid GroupId,
    string GroupName,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string LocalStart,
    string TimeZone,
    string Status,
    Guid FacilitatorId,
    DateOnly LocalDate,
    string Role,
    bool Absent,
    int? Absences,
    string Modality,
    string? Venue,
    string FacilitatorName,
    bool Substituted,
    bool Unsure
);

/// <summary>The sessions that the caller attends or leads.</summary>
internal static class ListMySessions
{
    public static void MapListMySessions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/me/sessions", (Delegate)HandleAsync)
            .ForSignedIn()
            .Produces<Page<MySession>>()
            .Describe("listMySessions", Tag.Sessions, "My sessions, soonest first");

    private static async Task<IResult> HandleAsync(
        Db db,
        Caller caller,
        Paging page,
        [Description("Sessions that end after this instant. Without from and to: sessions that have not ended.")] string? from,
        [Description("Sessions that start before this instant.")] string? to,
        CancellationToken ct
    )
    {
        var errors = Period.Read(from, to, out var start, out var end);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var after = page.AfterInstant() is { } at ? (at, page.AfterId(1)!.Value) : ((DateTimeOffset, Guid)?)null;
        var notEndedAt = start is null && end is null ? db.Clock.GetUtcNow() : (DateTimeOffset?)null;
        var rows = await MySessionStore.ListAsync(db, caller.AccountId, start, end, notEndedAt, after, page.Limit + 1, ct);
        var (items, next) = page.PageOf(rows, s => [InstantConverter.Text(s.StartsAt), s.Id.ToString()]);
        return TypedResults.Ok(new Page<MySession>([.. items.Select(View)], next));
    }

    private static MySession View(MySessionRow s)
    {
        var (date, time) = SeriesRules.LocalStart(s.StartsAt, s.TimeZone);
        return new MySession(
            s.Id,
            s.GroupId,
            s.GroupName,
            s.StartsAt,
            s.EndsAt,
            time,
            s.TimeZone,
            SessionRules.Status(s.CancelledAt is not null, s.Phase),
            s.LeadFacilitatorId,
            date,
            s.Role,
            s.Absent,
            s.Absences,
            s.Modality,
            s.Venue,
            s.FacilitatorName,
            s.LeadFacilitatorId != s.GroupLeadId,
            s.Unsure
        );
    }
}
