using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.Description;

/// <summary>
/// Writes out what each operation says in extensions (<c>x-roles</c>, <c>x-refusals</c>, <c>x-idempotency-key</c>, <c>x-if-match</c>): security,
/// headers, and every refusal with its codes. Pure.
/// </summary>
internal static class OperationDetails
{
    private const string ProblemRef = "#/components/schemas/Problem";
    private static readonly string[] Writing = ["post", "put", "patch"];

    /// <summary>The one schema of refusals (RFC 9457).</summary>
    public static JsonObject ProblemSchema =>
        Json(
            """
            {
              "type": "object",
              "description": "A refusal (RFC 9457): a stable code, and a sentence that a member can understand.",
              "required": ["type", "title", "status", "code", "detail", "traceId"],
              "properties": {
                "type": { "type": "string", "format": "uri-reference", "description": "/problems/ and the code.", "examples": ["/problems/validation"] },
                "title": { "type": "string", "description": "The status in words.", "examples": ["Bad request"] },
                "status": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status.", "examples": [400] },
                "code": { "type": "string", "description": "Stable; each operation lists those it answers.", "examples": ["validation"] },
                "detail": {
                  "type": "string", "description": "A sentence that a member can understand.", "examples": ["Some of what was sent is not right."]
                },
                "traceId": { "type": "string", "description": "To be named when asking for help.", "examples": ["4bf92f3577b34da6a3ce929d0e0e4736"] },
                "errors": {
                  "type": "object", "description": "Sentences by field, for a 400.",
                  "additionalProperties": { "type": "array", "items": { "type": "string", "examples": ["This is needed."] } }
                }
              }
            }
            """
        );

    public static void Add(string path, string method, JsonObject operation)
    {
        var roles = (operation["x-roles"] as JsonArray ?? []).Select(r => (string)r!).ToList();
        var anyone = roles is ["anyone"];
        operation["security"] = anyone ? new JsonArray() : new JsonArray(Scheme("bearer"), Scheme("cookie"));
        var refusals = new SortedDictionary<int, SortedSet<string>>();
        void Refuse(int status, params IEnumerable<string> codes) =>
            (refusals.TryGetValue(status, out var known) ? known : refusals[status] = new SortedSet<string>(StringComparer.Ordinal)).UnionWith(codes);

        Refuse(429, "too-many-requests");
        Refuse(503, "try-again");
        if (!anyone)
        {
            Refuse(401, "not-signed-in");
            Refuse(403, "not-allowed", "origin-not-allowed");
        }

        if (path.Contains('{', StringComparison.Ordinal))
        {
            Refuse(404, "not-found");
        }

        if (operation["requestBody"] is not null)
        {
            Refuse(400, "bad-request", "validation");
            Refuse(413, "too-large");
            Refuse(415, "unsupported-media-type");
        }
        else if (operation["parameters"] is JsonArray { Count: > 0 } parameters && parameters.Any(p => (string?)p!["in"] == "query"))
        {
            Refuse(400, "bad-request", "validation");
        }

        var members = new Dictionary<(int, string), JsonObject>();
        foreach (var refusal in operation["x-refusals"] as JsonArray ?? [])
        {
            var (status, codes) = ((int)refusal!["status"]!, refusal["codes"]!.AsArray().Select(c => (string)c!).ToList());
            Refuse(status, codes);
            if (refusal["members"] is JsonObject more)
            {
                members[(status, codes[0])] = more;
            }
        }

        if (operation["x-idempotency-key"] is not null && Writing.Contains(method))
        {
            Refuse(400, "validation");
            Refuse(422, "idempotency-key-reused");
            AddHeader(
                operation,
                "Idempotency-Key",
                "1 to 255 visible ASCII characters: the same key and body answer the first answer again for 24 hours.",
                """{ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$", "examples": ["4d1f-join-1"] }"""
            );
        }

        if (operation["x-if-match"] is not null)
        {
            Refuse(400, "validation");
            Refuse(412, "stale");
            AddHeader(
                operation,
                "If-Match",
                "The ETag of the version that the change is based on (RFC 9110).",
                """{ "type": "string", "examples": ["\"3\""] }"""
            );
        }

        AddResponses(operation, refusals, members);
        foreach (var known in (string[])["x-refusals", "x-idempotency-key", "x-if-match"])
        {
            operation.Remove(known);
        }
    }

    private static void AddResponses(JsonObject operation, SortedDictionary<int, SortedSet<string>> refusals, Dictionary<(int, string), JsonObject> members)
    {
        var responses = operation["responses"]!.AsObject();
        foreach (var (status, answer) in responses.Where(r => r.Key.StartsWith('2') && r.Value is JsonObject).ToList())
        {
            var headers = new JsonObject();
            if (operation["x-idempotency-key"] is not null)
            {
                headers["Idempotency-Replayed"] = Json(
                    """{ "description": "The first answer again.", "schema": { "type": "string", "enum": ["true"], "examples": ["true"] } }"""
                );
            }

            if (operation["x-if-match"] is not null)
            {
                headers["ETag"] = Json("""{ "description": "The version, for If-Match.", "schema": { "type": "string", "examples": ["\"3\""] } }""");
            }

            if (headers.Count > 0)
            {
                answer!["headers"] = headers;
            }
        }

        foreach (var (status, codes) in refusals)
        {
            var problem = new JsonObject
            {
                ["allOf"] = new JsonArray(
                    new JsonObject { ["$ref"] = ProblemRef },
                    new JsonObject
                    {
                        ["type"] = "object",
                        ["properties"] = new JsonObject
                        {
                            ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. codes.Select(c => JsonValue.Create(c))]) },
                        },
                    }
                ),
            };
            foreach (var (_, more) in members.Where(m => m.Key.Item1 == status))
            {
                problem["allOf"]!.AsArray().Add((JsonNode)new JsonObject { ["type"] = "object", ["properties"] = more.DeepClone() });
            }

            var response = new JsonObject
            {
                ["description"] = string.Join(", ", codes.Select(c => $"`{c}`")),
                ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = problem } },
            };
            if (status is 429 or 503)
            {
                response["headers"] = Json(
                    """{ "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1, "examples": [1] } } }"""
                );
            }

            responses[$"{status}"] = response;
        }
    }

    private static void AddHeader(JsonObject operation, string name, string description, string schema)
    {
        var parameters = operation["parameters"] as JsonArray;
        if (parameters is null)
        {
            operation["parameters"] = parameters = [];
        }

        parameters.Add(
            (JsonNode)
                new JsonObject
                {
                    ["name"] = name,
                    ["in"] = "header",
                    ["description"] = description,
                    ["schema"] = Json(schema),
                }
        );
    }

    private static JsonNode Scheme(string name) => new JsonObject { [name] = new JsonArray() };

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
