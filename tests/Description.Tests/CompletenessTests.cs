using System.Text.Json.Nodes;

namespace GroupTherapy.Description.Tests;

/// <summary>What a person who builds on the API finds in its document.</summary>
public sealed class CompletenessTests
{
    [Fact]
    public async Task Every_operation_has_a_name_a_chapter_a_summary_and_its_permitted_callers()
    {
        var document = await Described.DocumentAsync();
        var faults = new List<string>();
        var names = new HashSet<string>();
        foreach (var (name, operation) in Described.OperationsOf(document))
        {
            faults.AddRange(new[] { "operationId", "summary", "description", "security" }.Where(f => operation[f] is null).Select(f => $"{name} has no {f}"));
            if (operation["tags"] is not JsonArray { Count: 1 } tags || !KnownTags.Contains((string)tags[0]!))
            {
                faults.Add($"{name} stands in no chapter");
            }

            if (operation["operationId"] is { } id && !names.Add((string)id!))
            {
                faults.Add($"{name} has the name of another operation: {id}");
            }
        }

        Assert.True(names.Count > 70, $"only {names.Count} operations");
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task R38_no_request_has_a_field_that_takes_an_address_to_call()
    {
        var schemas = (await Described.DocumentAsync())["components"]!["schemas"]!.AsObject();
        var asked = Described
            .OperationsOf(await Described.DocumentAsync())
            .Select(o => o.Operation["requestBody"]?["content"]?["application/json"]?["schema"])
            .OfType<JsonNode>()
            .SelectMany(schema => FieldsOf(schema, schemas, []));

        Assert.DoesNotContain(
            asked,
            field =>
                field.Format is "uri" or "uri-reference" or "url"
                || new[] { "url", "uri", "webhook", "callback", "link", "href", "avatar" }.Any(word =>
                    field.Name.EndsWith(word, StringComparison.OrdinalIgnoreCase)
                )
        );
    }

    private static IEnumerable<(string Name, string? Format)> FieldsOf(JsonNode schema, JsonObject schemas, HashSet<string> seen)
    {
        if ((string?)schema["$ref"] is { } reference)
        {
            return seen.Add(reference) ? FieldsOf(schemas[reference.Split('/')[^1]]!, schemas, seen) : [];
        }

        return (schema["properties"]?.AsObject() ?? [])
            .SelectMany(p => FieldsOf(p.Value!, schemas, seen).Prepend((p.Key, (string?)p.Value!["format"])))
            .Concat(schema["items"] is { } items ? FieldsOf(items, schemas, seen) : [])
            .Concat((schema["oneOf"]?.AsArray() ?? []).SelectMany(one => FieldsOf(one!, schemas, seen)));
    }

    [Fact]
    public async Task Every_refusal_lists_its_codes_in_the_one_schema_of_problems()
    {
        var document = await Described.DocumentAsync();
        var faults = new List<string>();
        foreach (var (name, operation) in Described.OperationsOf(document))
        {
            foreach (var (status, response) in operation["responses"]!.AsObject().Where(r => r.Key[0] is '4' or '5'))
            {
                var parts = response!["content"]?["application/problem+json"]?["schema"]?["allOf"] as JsonArray;
                if ((string?)parts?[0]?["$ref"] != "#/components/schemas/Problem" || parts[1]?["properties"]?["code"]?["enum"] is not JsonArray { Count: > 0 })
                {
                    faults.Add($"{name} {status} lists no codes");
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
        var seat = Described.OperationsOf(document).Single(o => o.Name == "POST /api/enrollments").Operation;
        Assert.Contains("already-enrolled", CodesOf(seat, "409"));
        Assert.Contains("not-eligible", CodesOf(seat, "403"));
        Assert.Contains("idempotency-key-reused", CodesOf(seat, "422"));
        Assert.Contains("Idempotency-Key", HeadersOf(seat));
        Assert.NotNull(seat["responses"]!["429"]!["headers"]!["Retry-After"]);
        var group = Described.OperationsOf(document).Single(o => o.Name == "PATCH /api/groups/{id}").Operation;
        Assert.Contains("If-Match", HeadersOf(group));
        Assert.Contains("stale", CodesOf(group, "412"));
        Assert.NotNull(group["responses"]!["200"]!["headers"]!["ETag"]);
    }

    [Fact]
    public async Task Every_field_says_what_it_means()
    {
        var schemas = (await Described.DocumentAsync())["components"]!["schemas"]!.AsObject();
        var fields = schemas.SelectMany(s => (s.Value!["properties"] as JsonObject ?? []).Select(p => (Name: $"{s.Key}.{p.Key}", Field: p.Value!))).ToList();
        Assert.True(fields.Count > 1000, $"only {fields.Count} fields");
        Assert.Empty(fields.Where(f => string.IsNullOrWhiteSpace((string?)f.Field["description"])).Select(f => f.Name));
        Assert.DoesNotContain("x-meanings", schemas.ToJsonString());
        var standing = schemas["enrollment.EnrollmentView"]!["properties"]!["standing"]!;
        Assert.StartsWith("The latest decision about an enrolled one", (string?)standing["description"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_field_and_parameter_with_a_value_has_an_example()
    {
        var document = await Described.DocumentAsync();
        var faults = new List<string>();
        foreach (var (schema, described) in document["components"]!["schemas"]!.AsObject())
        {
            foreach (var (field, value) in described!["properties"] as JsonObject ?? [])
            {
                Check($"{schema}.{field}", value);
            }
        }

        foreach (var (name, operation) in Described.OperationsOf(document))
        {
            foreach (var parameter in operation["parameters"] as JsonArray ?? [])
            {
                Check($"{name} {parameter!["name"]}", parameter["schema"]);
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));

        void Check(string name, JsonNode? schema)
        {
            var value = schema?["items"] ?? schema;
            if (
                value?["type"] is { } type
                && !type.ToJsonString().Contains("object", StringComparison.Ordinal)
                && !type.ToJsonString().Contains("array", StringComparison.Ordinal)
                && value["examples"] is null
                && value["default"] is null
            )
            {
                faults.Add($"{name} has no example");
            }
        }
    }

    [Fact]
    public async Task Requests_name_what_they_need_and_closed_sets_are_enums()
    {
        var schemas = (await Described.DocumentAsync())["components"]!["schemas"]!;
        var profile = schemas["enrollment.Profile"]!;
        Assert.Equal(["dateOfBirth", "emergencyContact", "legalName", "phone", "residence"], Strings(profile["required"]).Order());
        Assert.Equal("string", (string?)profile["properties"]!["legalName"]!["type"]);
        Assert.Equal("date", (string?)profile["properties"]!["dateOfBirth"]!["format"]);
        Assert.NotNull(profile["properties"]!["residence"]!["$ref"]);
        Assert.Equal("""["null","string"]""", profile["properties"]!["timeZone"]!["type"]!.ToJsonString());
        Assert.Equal(["email", "password"], Strings(schemas["identity.LoginLoginRequest"]!["required"]).Order());
        Assert.Equal(
            ["reserved", "enrolled", "waitlisted", "offered", "held", "ended"],
            Strings(schemas["enrollment.EnrollmentView"]!["properties"]!["status"]!["enum"])
        );
        var outcome = schemas["room.JoinSessionDecision"]!["properties"]!["outcome"]!["enum"];
        Assert.Equal(Strings(schemas["enrollment.Outcome"]!["enum"]), Strings(outcome));
        Assert.DoesNotContain("x-not-null", schemas.ToJsonString());
    }

    private static readonly HashSet<string> KnownTags = [.. typeof(Tag).GetFields().Select(f => (string)f.GetRawConstantValue()!)];

    private static IEnumerable<string> Strings(JsonNode? list) => (list as JsonArray ?? []).Select(n => (string)n!);

    private static IEnumerable<string> CodesOf(JsonObject operation, string status) =>
        Strings(operation["responses"]?[status]?["content"]?["application/problem+json"]?["schema"]?["allOf"]?[1]?["properties"]?["code"]?["enum"]);

    private static IEnumerable<string> HeadersOf(JsonObject operation) =>
        operation["parameters"]!.AsArray().Where(p => (string?)p!["in"] == "header").Select(p => (string)p!["name"]!);
}
