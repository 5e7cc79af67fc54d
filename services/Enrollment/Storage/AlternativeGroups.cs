using GroupTherapy.Enrollment.Domain;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Groups that members could have instead of one that they asked for.</summary>
internal sealed class AlternativeGroups
{
    private const int AtMost = 10;
    private readonly ILookup<(Guid Group, string Classes), AlternativeGroup> _found;

    private AlternativeGroups(IEnumerable<Row> rows) => _found = rows.ToLookup(r => (r.Instead, r.Classes), r => new AlternativeGroup(r.Id, r.Name));

    /// <summary>Finds them for all questions in one round trip; none when there are none.</summary>
    /// <param name="query">Reads rows, inside or outside of a unit of work.</param>
    /// <param name="wanted">A group, and the service classes that the member could have by a decision.</param>
    public static async Task<AlternativeGroups> FindAsync(
        Func<string, object?, Task<IReadOnlyList<Row>>> query,
        IEnumerable<(string Practice, Guid Group, IReadOnlyList<string> Classes)> wanted
    )
    {
        var questions = wanted.Where(w => w.Classes.Count > 0).Select(w => (w.Practice, w.Group, Classes: KeyOf(w.Classes))).Distinct().ToList();
        var args = new
        {
            practices = questions.Select(q => q.Practice).ToArray(),
            groups = questions.Select(q => q.Group).ToArray(),
            classes = questions.Select(q => q.Classes).ToArray(),
        };
        return new AlternativeGroups(
            questions.Count == 0
                ? []
                : await query(
                    $"""
                    select w.group_id as instead, w.classes, g.group_id as id, g.name
                    from unnest(@practices, @groups, @classes) as w (practice, group_id, classes)
                    cross join lateral (
                        select group_id, name from seat_groups
                        where practice = w.practice and service_class = any(string_to_array(w.classes, ' ')) and not closed and name is not null
                            and group_id <> w.group_id
                        order by name limit {AtMost}) g
                    order by g.name
                    """,
                    args
                )
        );
    }

    /// <summary>The alternatives that were found, by name.</summary>
    public IReadOnlyList<AlternativeGroup> Of(Guid group, IReadOnlyList<string> classes) => [.. _found[(group, KeyOf(classes))]];

    private static string KeyOf(IReadOnlyList<string> classes) => string.Join(' ', classes);

    internal sealed record Row(Guid Instead, string Classes, Guid Id, string Name);
}
