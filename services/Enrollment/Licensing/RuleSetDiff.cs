using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The differences between two rule sets, row by row and field by field. Rows are the same by their id, wherever they stand.</summary>
/// <param name="Added">Rows that only the newer one has.</param>
/// <param name="Removed">Rows that only the older one has.</param>
public sealed record RuleSetDiff(IReadOnlyList<DiffRow> Added, IReadOnlyList<DiffRow> Removed, IReadOnlyList<ChangedRow> Changed)
{
    private const string Document = "document";

    public static RuleSetDiff Between(RuleSetDocument older, RuleSetDocument newer)
    {
        var (before, after) = (Rows(older), Rows(newer));
        return new RuleSetDiff(
            [.. after.Where(row => !before.ContainsKey(row.Key)).Select(row => row.Value)],
            [.. before.Where(row => !after.ContainsKey(row.Key)).Select(row => row.Value)],
            [
                .. from row in after
                where before.ContainsKey(row.Key)
                let fields = Fields(before[row.Key].Row, row.Value.Row)
                where fields.Count > 0
                select new ChangedRow(row.Value.Kind, row.Value.Id, fields),
            ]
        );
    }

    // Written out by the same serialiser, so that a default left out and a default written down are no difference. The number is not content.
    private static Dictionary<(string Kind, string Id), DiffRow> Rows(RuleSetDocument document)
    {
        var rows = new Dictionary<(string, string), DiffRow>();
        var head = new JsonObject();
        foreach (var (name, value) in JsonSerializer.SerializeToNode(document, LicensingJson.Options)!.AsObject())
        {
            if (value is JsonArray list)
            {
                foreach (var row in list)
                {
                    Add(name, row!.AsObject());
                }
            }
            else if (value is JsonObject single)
            {
                Add(name, single);
            }
            else if (name != "version")
            {
                head[name] = value?.DeepClone();
            }
        }

        rows[(Document, Document)] = new DiffRow(Document, Document, head);
        return rows;

        void Add(string kind, JsonObject row)
        {
            var id = (string)row["id"]!;
            rows[(kind, id)] = new DiffRow(kind, id, row);
        }
    }

    private static List<ChangedField> Fields(JsonObject before, JsonObject after) =>
        [
            .. from field in after
            where !JsonNode.DeepEquals(before[field.Key], field.Value)
            select new ChangedField(field.Key, before[field.Key]?.DeepClone(), field.Value?.DeepClone()),
        ];
}

/// <param name="Kind">The list of the document it stands in, such as <c>routePolicies</c>.</param>
public sealed record DiffRow(string Kind, string Id, JsonObject Row);

public sealed record ChangedRow(string Kind, string Id, IReadOnlyList<ChangedField> Fields);

/// <param name="From">The older value; null for none.</param>
public sealed record ChangedField(string Field, JsonNode? From, JsonNode? To);
