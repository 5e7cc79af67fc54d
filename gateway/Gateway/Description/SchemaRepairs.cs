using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.Description;

/// <summary>
/// Completes schemas where the describer says less than the wire or the docstrings: a required field of a request is never null, and every
/// field says what it means. Pure.
/// </summary>
internal static class SchemaRepairs
{
    private const string NotNull = "x-not-null";
    private const string Meanings = "x-meanings";

    public static void Apply(JsonObject schemas)
    {
        foreach (var (_, schema) in schemas)
        {
            if (schema is JsonObject described && described[NotNull] is JsonArray names)
            {
                foreach (var name in names)
                {
                    if (described["properties"]?[(string)name!] is JsonObject field)
                    {
                        described["properties"]![(string)name!] = WithoutNull(field);
                    }
                }

                described.Remove(NotNull);
            }

            if (schema is JsonObject meant && meant[Meanings] is JsonObject meanings)
            {
                foreach (var (name, meaning) in meanings)
                {
                    if (meant["properties"]?[name] is JsonObject field && !field.ContainsKey("description"))
                    {
                        field["description"] = meaning!.DeepClone();
                    }
                }

                meant.Remove(Meanings);
            }
        }
    }

    private static JsonNode WithoutNull(JsonObject field)
    {
        if (field["type"] is JsonArray types)
        {
            var left = types.Select(t => (string)t!).Where(t => t != "null").ToList();
            field["type"] = left is [var only] ? only : new JsonArray([.. left.Select(t => JsonValue.Create(t))]);
        }

        if (field["enum"] is JsonArray values)
        {
            field["enum"] = new JsonArray([.. values.Where(v => v is not null).Select(v => v!.DeepClone())]);
        }

        return field["oneOf"] is JsonArray either && either.Where(s => (string?)s!["type"] != "null").ToList() is [var one]
            ? one!.DeepClone()
            : field.DeepClone();
    }
}
