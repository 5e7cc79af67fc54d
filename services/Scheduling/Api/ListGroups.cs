using System.ComponentModel;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The catalogue: groups that are open and whose series is not over, oldest first.</summary>
internal static class ListGroups
{
    public static void MapListGroups(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups", (Delegate)HandleAsync).ForAnyone().Produces<Page<GroupCard>>().Describe("listGroups", Tag.Groups, "Groups that take members");

    private static async Task<IResult> HandleAsync(
        Db db,
        Paging page,
        string? practice,
        string? topic,
        string? serviceClass,
        [Description("A jurisdiction in which the group is offered.")] string? state,
        CancellationToken ct
    )
    {
        var errors = new FieldErrors()
            .Check(practice is null || GroupRules.IsPractice(practice), "practice", "This is not the id of a practice.")
            .Check(topic is null || GroupRules.IsTopic(topic), "topic", "Lower-case words joined by hyphens, like grief-and-loss.")
            .Check(
                serviceClass is null || GroupRules.ServiceClasses.Contains(serviceClass),
                "serviceClass",
                $"One of {string.Join(", ", GroupRules.ServiceClasses)}."
            )
            .Check(state is null || await IsJurisdictionAsync(db, state, ct), "state", "ISO 3166-2, like US-FL; or FOREIGN or UNKNOWN.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var rows = await db.QueryAsync<Group>(
            $"""
            select {GroupStore.Columns} {GroupStore.From}
            where g.closed_at is null and g.booked_by is null and (g.series_ends_at is null or g.series_ends_at > @now)
              and (g.admission <> 'cohort' or exists (
                   select 1 from sessions a where a.group_id = g.id and a.admits_new and a.cancelled_at is null and a.starts_at > @now))
              and (@practice::text is null or g.practice = @practice) and (@topic::text is null or g.topic = @topic)
              and (@serviceClass::text is null or g.service_class = @serviceClass)
              and (@state::text is null or exists (
                   select 1 from practice_offers w where w.practice = g.practice and w.service_class = g.service_class and w.jurisdiction = @state))
              and (@after::uuid is null or g.id > @after)
            order by g.id limit @more
            """,
            new
            {
                practice,
                topic,
                serviceClass,
                state,
                now = db.Clock.GetUtcNow(),
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        var (items, next) = page.PageOf(rows, g => [g.Id.ToString()]);
        return TypedResults.Ok(new Page<GroupCard>([.. items.Select(g => g.Card())], next));
    }

    // PostgreSQL refuses a text with a NUL, so only text of the right form is asked for.
    private static async Task<bool> IsJurisdictionAsync(Db db, string text, CancellationToken ct) =>
        text.Length <= 10
        && text.All(c => char.IsAsciiLetterUpper(c) || c == '-')
        && await db.FirstOrDefaultAsync<string>("select code from jurisdictions where code = @text", new { text }, ct) is not null;
}
