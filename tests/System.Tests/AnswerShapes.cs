using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GroupTherapy.SystemTests;

/// <summary>Holds real answers against the description: their status, their code, each field with its type and bounds, and no field beside those.</summary>
internal sealed class AnswerShapes(JsonNode description)
{
    /// <returns>What a client that was generated from the description would not expect.</returns>
    public IEnumerable<string> Faults(string method, string template, int status, string text)
    {
        if (description["paths"]![template]![method.ToLowerInvariant()]!["responses"]![$"{status}"] is not { } answer)
        {
            return [$"{status} is not described"];
        }

        var content = answer["content"]?.AsObject();
        return (content?["application/json"] ?? content?["application/problem+json"])?["schema"] is { } schema && Read(text) is var (isJson, value)
            ? isJson
                ? Check(schema, value, "", isWhole: true)
                : []
            : [];
    }

    private static (bool IsJson, JsonNode? Value) Read(string text)
    {
        try
        {
            return (true, JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            // A page, a calendar, lines of an export.
            return (false, null);
        }
    }

    private IEnumerable<string> Check(JsonNode schema, JsonNode? value, string path, bool isWhole)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return Check(description["components"]!["schemas"]![reference.Split('/')[^1]]!, value, path, isWhole);
        }

        if (schema["allOf"] is JsonArray all)
        {
            // Each part names some of the fields.
            return all.SelectMany(part => Check(part!, value, path, isWhole: false));
        }

        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices)
        {
            var faults = choices.Select(choice => Check(choice!, value, path, isWhole).ToList()).ToList();
            return faults.Exists(f => f.Count == 0) ? [] : faults.MaxBy(f => f.Count)!;
        }

        if (schema["type"] is { } type && !Types(type).Contains(TypeOf(value)))
        {
            return Types(type).Contains("number") && TypeOf(value) == "integer"
                ? []
                : [$"{path} is {value?.ToJsonString() ?? "null"} and not {type.ToJsonString()}"];
        }

        return value switch
        {
            JsonObject fields => Fields(schema, fields, path, isWhole),
            JsonArray items when schema["items"] is { } each => items.SelectMany((item, n) => Check(each, item, $"{path}[{n}]", isWhole: true)),
            JsonValue one => Bounds(schema, one, path),
            _ => [],
        };
    }

    private IEnumerable<string> Fields(JsonNode schema, JsonObject fields, string path, bool isWhole)
    {
        var known = schema["properties"]?.AsObject();
        foreach (var name in schema["required"]?.AsArray() ?? [])
        {
            if (!fields.ContainsKey((string)name!))
            {
                yield return $"{path}.{name} is missing";
            }
        }

        foreach (var (name, value) in fields)
        {
            var inner = known?[name] ?? (schema["additionalProperties"] as JsonObject);
            if (inner is null && known is not null && isWhole)
            {
                yield return $"{path}.{name} is not described";
            }

            foreach (var fault in inner is null ? [] : Check(inner, value, $"{path}.{name}", isWhole: true))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> Bounds(JsonNode schema, JsonValue value, string path)
    {
        var isText = value.GetValueKind() == JsonValueKind.String;
        var holds =
            (schema["enum"] is not JsonArray set || set.Any(s => JsonNode.DeepEquals(s, value)))
            && (!isText || (string?)schema["pattern"] is not { } pattern || Regex.IsMatch((string)value!, pattern))
            && (!isText || (int?)schema["maxLength"] is not { } longest || ((string)value!).EnumerateRunes().Count() <= longest)
            && (!isText || (string?)schema["format"] is not "uuid" || Guid.TryParse((string)value!, out _))
            && (!isText || (string?)schema["format"] is not "date-time" || DateTimeOffset.TryParse((string)value!, out _))
            && (
                value.GetValueKind() != JsonValueKind.Number
                || (((decimal?)schema["minimum"] ?? decimal.MinValue) <= (decimal)value && (decimal)value <= ((decimal?)schema["maximum"] ?? decimal.MaxValue))
            );
        if (!holds)
        {
            yield return $"{path} is {value.ToJsonString()}";
        }
    }

    private static HashSet<string> Types(JsonNode type) => type is JsonArray several ? [.. several.Select(t => (string)t!)] : [(string)type!];

    private static string TypeOf(JsonNode? value) =>
        value?.GetValueKind() switch
        {
            null => "null",
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
            _ => "boolean",
        };
}
