using System.Text.Json.Nodes;

namespace GroupTherapy.Description.Tests;

/// <summary>
/// The description that the gateway serves against the contract written by hand: nothing missing, nothing extra, nothing that does not work yet.
/// </summary>
public sealed class ContractTests
{
    private static readonly JsonNode Contract = JsonNode.Parse(File.ReadAllText(Path.Combine(Described.Root, "services/contract.v1.json")))!;

    [Fact]
    public async Task The_served_description_agrees_with_the_contract()
    {
        var served = await Described.DocumentAsync();
        var schemas = served["components"]!["schemas"]!;
        var found = served["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(op => (Name: $"{op.Key.ToUpperInvariant()} {path.Key}", Operation: op.Value!)))
            .ToDictionary(x => x.Name, x => x.Operation);
        var faults = new List<string>();
        foreach (var (name, wanted) in Contract["operations"]!.AsObject())
        {
            if (wanted!["later"] is not null)
            {
                if (found.ContainsKey(name))
                {
                    faults.Add($"{name} is described and does not work yet");
                }

                continue;
            }

            if (!found.Remove(name, out var operation))
            {
                faults.Add($"{name} is missing");
                continue;
            }

            Compare(faults, name, "roles", Names(wanted["roles"]), Names(operation["x-roles"]));
            Compare(
                faults,
                name,
                "query",
                Names(wanted["query"]),
                (operation["parameters"]?.AsArray() ?? []).Where(p => (string)p!["in"]! == "query").Select(p => (string)p!["name"]!).ToHashSet()
            );
            if (wanted["request"] is { } request)
            {
                Compare(faults, name, "request", Names(request), Fields(schemas, Schema(operation["requestBody"])));
            }

            var success = operation["responses"]!.AsObject().FirstOrDefault(r => r.Key.StartsWith('2'));
            if (wanted["status"] is { } status && success.Key != $"{status}")
            {
                faults.Add($"{name} answers {success.Key}, not {status}");
            }

            if (wanted["response"] is { } response)
            {
                Compare(faults, name, "response", Names(response), Fields(schemas, Schema(success.Value)));
            }

            if (wanted["page"] is { } item)
            {
                var page = Resolve(schemas, Schema(success.Value));
                Compare(faults, name, "page", Names(Contract["page"]), Fields(schemas, page));
                Compare(faults, name, "item", Names(item), Fields(schemas, page?["properties"]?["items"]?["items"]));
            }
        }

        faults.AddRange(
            found
                .Keys.Where(k => k.Contains(" /api/", StringComparison.Ordinal) || k.Contains(" /calendars/", StringComparison.Ordinal))
                .Select(k => $"{k} is not in the contract")
        );
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static HashSet<string> Names(JsonNode? list) => (list?.AsArray() ?? []).Select(n => ((string)n!).TrimStart('+')).ToHashSet();

    private static void Compare(List<string> faults, string operation, string what, HashSet<string> wanted, HashSet<string> served)
    {
        faults.AddRange(wanted.Except(served).Select(n => $"{operation}: {what} lacks '{n}'"));
        faults.AddRange(served.Except(wanted).Select(n => $"{operation}: {what} has '{n}', which the contract has not"));
    }

    private static JsonNode? Schema(JsonNode? body) => body?["content"]?["application/json"]?["schema"];

    private static JsonNode? Resolve(JsonNode schemas, JsonNode? schema)
    {
        if (schema?["oneOf"] is JsonArray either)
        {
            schema = either.FirstOrDefault(s => s!["$ref"] is not null);
        }

        return (string?)schema?["$ref"] is { } reference ? schemas[reference.Split('/')[^1]] : schema;
    }

    private static HashSet<string> Fields(JsonNode schemas, JsonNode? schema) =>
        (Resolve(schemas, schema)?["properties"] as JsonObject)?.Select(p => p.Key).ToHashSet() ?? [];
}
