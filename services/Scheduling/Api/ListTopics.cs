using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The topics of groups: the topics of all practices, in alphabetical order.</summary>
internal static class ListTopics
{
    /// <param name="Code">The value that other calls accept.</param>
    /// <param name="Practices">The practices that name it among theirs.</param>
    public sealed record Topic(string Code, IReadOnlyList<string> Practices);

    public static void MapListTopics(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/topics", (Delegate)HandleAsync).ForAnyone().Produces<Page<Topic>>().Describe("listTopics", Tag.Practices, "What groups are about");

    private static async Task<IResult> HandleAsync(Db db, CancellationToken ct)
    {
        var rows = await db.QueryAsync<Row>("select id, topics from practices order by id", null, ct);
        var topics =
            from row in rows
            from topic in row.Topics ?? PracticeDefaults.Topics
            group row.Id by topic into practices
            orderby practices.Key
            select new Topic(practices.Key, [.. practices]);
        return TypedResults.Ok(new Page<Topic>([.. topics], null));
    }

    private sealed record Row(string Id, string[]? Topics);
}
