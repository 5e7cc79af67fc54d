using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using GroupTherapy.Description;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Hub.AsyncApi;

/// <summary>JSON schemas of the hub's messages, from the C# types with their docstrings and from the catalogue of events.</summary>
internal static class HubSchemas
{
    private const string ActorName = "Actor";
    private static readonly string[] Reasons = [.. typeof(EndReasons).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];

    private static readonly JsonSerializerOptions Json = new(RoomJson.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    private static readonly JsonSchemaExporterOptions Export = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Told };

    /// <summary>A reference to the type's schema, which is added where it is new.</summary>
    public static JsonObject Reference(Type type, JsonObject schemas)
    {
        if (!schemas.ContainsKey(type.Name))
        {
            schemas[type.Name] = Json.GetJsonSchemaAsNode(type, Export);
        }

        return Ref(type.Name);
    }

    /// <summary>An event of one kind, as it stands in the log.</summary>
    public static JsonObject Of(EventKind kind)
    {
        var data = new JsonObject();
        foreach (var field in kind.Data)
        {
            data[field.Name] = Of(field);
        }

        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = $"{kind.Meaning} Stream: {StreamOf(kind)}.",
            ["required"] = new JsonArray("stream", "seq", "at", "kind", "by", "data"),
            ["properties"] = new JsonObject
            {
                ["stream"] = new JsonObject { ["type"] = "string", ["examples"] = new JsonArray(kind.Stream == "staff" ? "staff" : "room") },
                ["seq"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 },
                ["at"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
                ["kind"] = new JsonObject { ["const"] = kind.Kind },
                ["by"] = new JsonObject { ["oneOf"] = new JsonArray(Ref(ActorName), new JsonObject { ["type"] = "null" }) },
                ["data"] = new JsonObject
                {
                    // Where retention destroyed the key, the sealed text is gone and the event stays.
                    ["type"] = Kinds.IsSealed(kind.Kind) ? new JsonArray("object", "null") : "object",
                    ["required"] = new JsonArray([.. kind.Data.Where(f => !f.Optional).Select(f => JsonValue.Create(f.Name))]),
                    ["properties"] = data,
                },
            },
        };
    }

    public static void AddActor(JsonObject schemas) => schemas[ActorName] = Json.GetJsonSchemaAsNode(typeof(Actor), Export);

    public static JsonObject Ended() =>
        new()
        {
            ["type"] = "object",
            ["required"] = new JsonArray("reason", "terminal"),
            ["properties"] = new JsonObject
            {
                ["reason"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Reasons.Select(r => JsonValue.Create(r))]) },
                ["terminal"] = new JsonObject { ["type"] = "boolean", ["description"] = "True: do not reconnect." },
            },
        };

    public static JsonObject Media() =>
        new()
        {
            ["type"] = "object",
            ["required"] = new JsonArray("type"),
            ["properties"] = new JsonObject
            {
                ["type"] = new JsonObject
                {
                    ["type"] = "string",
                    ["enum"] = new JsonArray("publishers", "offer", "moved", "speaking", "quality", "pictures", "replaced", "away"),
                },
                ["participants"] = new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = new JsonObject { ["type"] = "object" },
                },
                ["sdp"] = new JsonObject { ["type"] = "string" },
                ["streams"] = new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = new JsonObject { ["type"] = "object" },
                },
                ["fresh"] = new JsonObject { ["type"] = "boolean" },
                ["participantId"] = new JsonObject { ["type"] = "string", ["format"] = "uuid" },
                ["on"] = new JsonObject { ["type"] = "boolean" },
                ["level"] = new JsonObject { ["type"] = "string" },
                ["size"] = new JsonObject
                {
                    ["type"] = "string",
                    ["enum"] = new JsonArray("full", "small", "paused"),
                    ["description"] = "How large pictures are that you receive: smaller, or none, while your line loses packets.",
                },
            },
        };

    private static string StreamOf(EventKind kind) =>
        kind.Stream switch
        {
            "private" => "the participant's private:{participantId}",
            "message" => "that of the message",
            var stream => stream,
        };

    private static JsonObject Of(EventField field)
    {
        var schema = field.Type switch
        {
            "uuid" => new JsonObject { ["type"] = "string", ["format"] = "uuid" },
            "instant" => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            "text" => new JsonObject { ["type"] = "string" },
            var type => new JsonObject { ["type"] = type },
        };
        if (field.Nullable)
        {
            schema["type"] = new JsonArray((string)schema["type"]!, "null");
        }

        schema["description"] = field.Meaning;
        return schema;
    }

    // Types with converters of their own are anything at all to the exporter.
    private static JsonNode Told(JsonSchemaExporterContext context, JsonNode schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type == typeof(DateTimeOffset))
        {
            return new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        }

        if (type == typeof(PostText))
        {
            return new JsonObject { ["type"] = "string", ["description"] = "Unicode text: 1 to 4,000 scalar values in messages, 1 to 200 in reasons." };
        }

        if (type == typeof(WireEvent))
        {
            return new JsonObject { ["type"] = "object", ["description"] = "An event, as in the call events." };
        }

        if (schema is JsonObject described && context.TypeInfo.Kind == JsonTypeInfoKind.Object && DocComments.Of(type) is { } said)
        {
            described["description"] = said;
        }

        return schema;
    }

    private static JsonObject Ref(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };
}
