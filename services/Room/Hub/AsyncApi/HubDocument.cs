using System.Reflection;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Domain;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Hub.AsyncApi;

/// <summary>
/// The hub as an AsyncAPI 3 document: methods with arguments and answers from the code, events from <see cref="EventCatalogue"/>, refusals.
/// From the server's view: it receives calls and sends events.
/// </summary>
public static class HubDocument
{
    private const string Channel = "#/channels/room";

    private static readonly Lazy<string> Text = new(() => Of().ToJsonString());

    /// <summary>Serves the document to the gateway.</summary>
    public static void MapHubDescription(this IEndpointRouteBuilder app) =>
        app.MapGet("/asyncapi/v1.json", () => TypedResults.Text(Text.Value, "application/json; charset=utf-8")).ForAnyone().ExcludeFromDescription();

    /// <summary>The methods that clients can call.</summary>
    internal static IReadOnlyList<MethodInfo> Methods { get; } =
    [
        .. typeof(RoomHub)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => m.GetBaseDefinition() == m && !m.IsSpecialName),
    ];

    public static JsonObject Of()
    {
        var (messages, operations, schemas) = (new JsonObject(), new JsonObject(), new JsonObject());
        foreach (var method in HubMethods.All)
        {
            AddMethod(method, Methods.Single(m => m.Name == method.Name), messages, operations, schemas);
        }

        AddServerCalls(messages, operations, schemas);
        return new JsonObject
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "GroupTherapy live rooms",
                ["version"] = "1",
                ["description"] =
                    "SignalR (JSON protocol, WebSockets only). Each message here is one hub call: the method's name and its one argument. "
                    + "A refusal is a completion whose `error` ends with `HubException: <code>: <sentence>`.",
            },
            ["defaultContentType"] = "application/json",
            ["servers"] = new JsonObject
            {
                ["gateway"] = new JsonObject
                {
                    ["host"] = "{host}",
                    ["protocol"] = "wss",
                    ["variables"] = new JsonObject
                    {
                        ["host"] = new JsonObject { ["default"] = "groups.example.org", ["description"] = "The gateway's address." },
                    },
                    ["security"] = new JsonArray(Ref("#/components/securitySchemes/bearer"), Ref("#/components/securitySchemes/cookie")),
                },
            },
            ["channels"] = new JsonObject
            {
                ["room"] = new JsonObject
                {
                    ["address"] = "/hubs/room",
                    ["title"] = "A live room",
                    ["description"] = "The session in the query (`?session=<id>`) serves routing alone; what counts is the ticket given to Enter.",
                    ["messages"] = new JsonObject(
                        messages.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)new JsonObject { ["$ref"] = $"#/components/messages/{m.Key}" }))
                    ),
                },
            },
            ["operations"] = operations,
            ["components"] = new JsonObject
            {
                ["messages"] = messages,
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["bearer"] = new JsonObject
                    {
                        ["type"] = "http",
                        ["scheme"] = "bearer",
                        ["bearerFormat"] = "JWT",
                    },
                    ["cookie"] = new JsonObject
                    {
                        ["type"] = "httpApiKey",
                        ["in"] = "cookie",
                        ["name"] = "gt_session",
                    },
                },
            },
        };
    }

    private static void AddMethod(HubMethod described, MethodInfo method, JsonObject messages, JsonObject operations, JsonObject schemas)
    {
        var argument = method.GetParameters().SingleOrDefault()?.ParameterType;
        messages[described.Name] = Message(described.Name, described.Summary, argument is null ? Nothing() : HubSchemas.Reference(argument, schemas));
        var answer = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : null;
        var reply = $"{described.Name}.answer";
        messages[reply] = Message(
            reply,
            $"The answer of {described.Name}.",
            answer is null || answer == typeof(Done) ? Nothing() : HubSchemas.Reference(answer, schemas)
        );
        operations[described.Name] = new JsonObject
        {
            ["action"] = "receive",
            ["channel"] = Ref(Channel),
            ["title"] = described.Name,
            ["summary"] = described.Summary,
            ["messages"] = new JsonArray(Ref($"{Channel}/messages/{described.Name}")),
            ["reply"] = new JsonObject { ["channel"] = Ref(Channel), ["messages"] = new JsonArray(Ref($"{Channel}/messages/{reply}")) },
            ["x-roles"] = new JsonArray([.. described.Roles.Order(StringComparer.Ordinal).Select(r => JsonValue.Create(r))]),
            ["x-while-waiting"] = described.WhileWaiting,
            ["x-errors"] = new JsonArray([.. described.Codes.Concat(HubMethods.Common).Order(StringComparer.Ordinal).Select(c => JsonValue.Create(c))]),
        };
    }

    private static void AddServerCalls(JsonObject messages, JsonObject operations, JsonObject schemas)
    {
        foreach (var kind in EventCatalogue.All)
        {
            schemas[$"event.{kind.Kind}"] = HubSchemas.Of(kind);
        }

        HubSchemas.AddActor(schemas);
        var events = new JsonObject
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["oneOf"] = new JsonArray([.. EventCatalogue.All.Select(k => Ref($"#/components/schemas/event.{k.Kind}"))]) },
        };
        Add("events", "New events, in order within each stream; one call may carry many.", events);
        Add("ended", "Why this connection ends.", HubSchemas.Ended());
        Add("media", "What changed in the media plane; read by `type`.", HubSchemas.Media());

        void Add(string name, string summary, JsonObject payload)
        {
            messages[name] = Message(name, summary, payload);
            operations[name] = new JsonObject
            {
                ["action"] = "send",
                ["channel"] = Ref(Channel),
                ["title"] = name,
                ["summary"] = summary,
                ["messages"] = new JsonArray(Ref($"{Channel}/messages/{name}")),
            };
        }
    }

    private static JsonObject Message(string name, string summary, JsonObject payload) =>
        new()
        {
            ["name"] = name,
            ["summary"] = summary,
            ["payload"] = payload,
        };

    private static JsonObject Nothing() => new() { ["type"] = "null" };

    private static JsonObject Ref(string target) => new() { ["$ref"] = target };
}
