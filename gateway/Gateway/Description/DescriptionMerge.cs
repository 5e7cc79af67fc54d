using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.Description;

/// <summary>Joins OpenAPI documents; pure.</summary>
internal static class DescriptionMerge
{
    private const string SchemaRef = "#/components/schemas/";
    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];

    /// <param name="parts">Documents by the service that gave them.</param>
    /// <param name="serviceOf">The service that a path is routed to; a path of another service, or of none, is left out.</param>
    public static JsonObject Of(IEnumerable<(string Service, JsonObject Document)> parts, Func<string, string?> serviceOf)
    {
        var (paths, schemas, version) = (
            new SortedDictionary<string, JsonNode>(StringComparer.Ordinal),
            new SortedDictionary<string, JsonNode>(StringComparer.Ordinal),
            "3.1.1"
        );
        foreach (var (service, document) in parts)
        {
            version = (string?)document["openapi"] ?? version;
            foreach (var (path, item) in document["paths"]?.AsObject() ?? [])
            {
                if (item is not null && serviceOf(path) == service)
                {
                    paths[path] = Renamed(item, service);
                }
            }

            foreach (var (name, schema) in document["components"]?["schemas"]?.AsObject() ?? [])
            {
                if (schema is not null)
                {
                    schemas[$"{service}.{name}"] = Renamed(schema, service);
                }
            }
        }

        foreach (var (path, item) in paths)
        {
            foreach (var (method, operation) in item.AsObject())
            {
                if (operation is JsonObject described && Methods.Contains(method) && described["responses"] is not null)
                {
                    OperationDetails.Add(path, method, described);
                }
            }
        }

        schemas["Problem"] = OperationDetails.ProblemSchema;
        var components = new JsonObject(schemas.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value)));
        SchemaRepairs.Apply(components);
        return new JsonObject
        {
            ["openapi"] = version,
            ["info"] = new JsonObject
            {
                ["title"] = "GroupTherapy",
                ["version"] = "1",
                ["summary"] = "Online group therapy: groups, seats, licensing decisions, live sessions.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["tags"] = new JsonArray([.. TagsOf(paths.Values)]),
            ["paths"] = new JsonObject(paths.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["components"] = new JsonObject
            {
                ["schemas"] = components,
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
                        ["type"] = "apiKey",
                        ["in"] = "cookie",
                        ["name"] = GatewaySettings.SessionCookie,
                    },
                },
            },
        };
    }

    private static IEnumerable<JsonNode> TagsOf(IEnumerable<JsonNode> items) =>
        items
            .SelectMany(i => i.AsObject().Select(o => o.Value))
            .OfType<JsonObject>()
            .SelectMany(o => o["tags"] as JsonArray ?? [])
            .Select(t => (string)t!)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .Select(t => (JsonNode)new JsonObject { ["name"] = t });

    private static JsonNode Renamed(JsonNode node, string service)
    {
        var copy = node.DeepClone();
        Rename(copy, service);
        return copy;
    }

    private static void Rename(JsonNode? node, string service)
    {
        switch (node)
        {
            case JsonObject o:
                if (o["$ref"] is JsonValue value && value.TryGetValue<string>(out var target) && target.StartsWith(SchemaRef, StringComparison.Ordinal))
                {
                    o["$ref"] = $"{SchemaRef}{service}.{target[SchemaRef.Length..]}";
                }

                foreach (var (_, child) in o)
                {
                    Rename(child, service);
                }

                break;
            case JsonArray a:
                foreach (var child in a)
                {
                    Rename(child, service);
                }

                break;
        }
    }
}
