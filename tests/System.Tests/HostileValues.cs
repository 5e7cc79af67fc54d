using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.SystemTests;

/// <summary>One value that no well-behaved client sends in one field.</summary>
/// <param name="Field">As errors name it: <c>residence.line1</c>, <c>program[0].title</c>.</param>
/// <param name="Value">Raw JSON, which need not be valid Unicode.</param>
internal sealed record HostileValue(string Field, string Value, string Body);

/// <summary>Makes request bodies from a description: one that is sound, and from it one for each field and hostile value.</summary>
internal sealed class HostileValues(JsonNode schemas, IReadOnlyDictionary<string, JsonNode?> known)
{
    private const string Mark = "\"here-stands-the-value\"";

    private static readonly string[] Texts =
    [
        "\"a\\u0000b\"", "\"a\\ud800\"", "\"\\udc00a\"", $"\"{new string('a', 10_000)}\"", "\"\"", "\"\\u202e\"", "\"\\ue000\"", "\"\\uffff\"", "\"\\u3164\"",
        "null", "5", "true", "{}", "[]", "\"UTC+05:00\"", "\"0202-05-01\"", "\"9999-12-31\"", "\"2026-02-30\"", "\"2026-11-24T25:00:00Z\"",
        "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59+14:00\"",
        "\"' or 1=1; drop table members; --\"", "\"%_%\"", "\"=HYPERLINK(1)\"",
    ];

    private static readonly string[] Numbers = ["-1", "0", "2147483648", "-9223372036854775809", "1e400", "1.5", "null", "\"x\"", "[]"];
    private static readonly string[] Flags = ["null", "\"true\"", "0"];
    private static readonly string[] Lists = ["null", "[null]", "{}", "\"x\"", "[[]]"];
    private static readonly string[] Objects = ["null", "[]", "\"x\"", "{\"noSuchField\":1}"];

    public IEnumerable<HostileValue> For(JsonNode schema)
    {
        var sound = Sample(schema, "");
        foreach (var (field, values) in Fields(schema, "", 0))
        {
            var body = sound?.DeepClone() ?? new JsonObject();
            if (Put(body, field))
            {
                var text = body.ToJsonString();
                foreach (var value in values)
                {
                    yield return new HostileValue(field, value, text.Replace(Mark, value, StringComparison.Ordinal));
                }
            }
        }
    }

    /// <summary>A body that may be right: known values by the names of fields, else something of the type.</summary>
    public JsonNode? Sample(JsonNode schema, string name)
    {
        // A name may stand for a place in one schema and for its code in another.
        var resolved = Resolve(schema);
        if (known.TryGetValue(name, out var value) && Fits(value, Type(resolved)))
        {
            return value?.DeepClone();
        }

        return Type(resolved) switch
        {
            "object" => new JsonObject((resolved["properties"]?.AsObject() ?? []).Where(p => !IsShownAlone(p.Value!))
                .Select(p => KeyValuePair.Create(p.Key, Sample(p.Value!, p.Key)))),
            "array" => new JsonArray(Sample(resolved["items"]!, name)),
            "integer" or "number" => 1,
            "boolean" => false,
            _ => (string?)resolved["format"] switch
            {
                "uuid" => Guid.CreateVersion7().ToString(),
                "date-time" => "2026-11-25T00:00:00Z",
                "date" => "2026-11-25",
                _ => resolved["enum"]?[0]?.DeepClone() ?? "something",
            },
        };
    }

    private IEnumerable<(string Field, string[] Values)> Fields(JsonNode schema, string path, int depth)
    {
        var resolved = Resolve(schema);
        var type = Type(resolved);
        if (path.Length > 0)
        {
            yield return (path, type switch
            {
                "object" => Objects,
                "array" => Lists,
                "integer" or "number" => Numbers,
                "boolean" => Flags,
                _ => Texts,
            });
        }

        var inner = depth > 4 ? []
            : type == "array" ? Fields(resolved["items"]!, $"{path}[0]", depth + 1)
            : type == "object" ? (resolved["properties"]?.AsObject() ?? []).SelectMany(p =>
                Fields(p.Value!, path.Length == 0 ? p.Key : $"{path}.{p.Key}", depth + 1))
            : [];
        foreach (var field in inner)
        {
            yield return field;
        }
    }

    private JsonNode Resolve(JsonNode schema)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Resolve(schemas[reference.Split('/')[^1]]!);
        }

        foreach (var choice in new[] { "oneOf", "anyOf", "allOf" })
        {
            if (schema[choice]?.AsArray().FirstOrDefault(one => (string?)one!["type"] != "null") is { } first)
            {
                return Resolve(first);
            }
        }

        return schema;
    }

    private static bool Fits(JsonNode? value, string type) => value?.GetValueKind() switch
    {
        null => type != "object",
        JsonValueKind.Number => type is "integer" or "number",
        JsonValueKind.String => type == "string",
        JsonValueKind.Array => type == "array",
        _ => false,
    };

    // What may come back as it was shown is left out of a sound body: there is nothing right to say about it.
    private static bool IsShownAlone(JsonNode schema) => ((string?)schema["description"])?.StartsWith("Not set", StringComparison.Ordinal) == true;

    private static string Type(JsonNode schema) => schema["type"] switch
    {
        JsonArray several => several.Select(one => (string)one!).FirstOrDefault(one => one is not ("null" or "string")) ?? "string",
        JsonValue one => (string)one!,
        _ => schema["properties"] is null ? "string" : "object",
    };

    // Where the sound body has no place for it (null, or a known value of another shape), there is nothing to try.
    private static bool Put(JsonNode body, string field)
    {
        var (at, parts) = (body, field.Replace("[", ".[", StringComparison.Ordinal).Split('.'));
        for (var i = 0; i < parts.Length; i++)
        {
            var last = i == parts.Length - 1;
            var value = last ? JsonNode.Parse(Mark) : null;
            switch (at)
            {
                case JsonObject o when parts[i][0] != '[':
                    if (last)
                    {
                        o[parts[i]] = value;
                    }
                    else if (o[parts[i]] is { } next)
                    {
                        at = next;
                        continue;
                    }

                    return last;
                case JsonArray { Count: > 0 } a when parts[i][0] == '[':
                    if (last)
                    {
                        a[0] = value;
                    }
                    else if (a[0] is { } first)
                    {
                        at = first;
                        continue;
                    }

                    return last;
                default:
                    return false;
            }
        }

        return false;
    }
}
