using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.SystemTests;

/// <summary>Every endpoint of the description with hostile values in every field and query: an answer, never an outage, and a 400 names its field.</summary>
[Collection(nameof(Deployment))]
public sealed class HostileValuesTests(Deployment deployment, ITestOutputHelper output)
{
    private static readonly string[] Queries =
    [
        "%00",
        "a%00b",
        "%ED%A0%80",
        "%FF",
        "-1",
        "0",
        "99999999999999999999",
        "null",
        "2026-13-45",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59%2B14:00",
        "1900-01-01",
        "%E2%80%AE",
        "%27%20or%201%3D1--",
        "%25",
        "id%20desc%3B--",
        "",
        new('a', 2000),
    ];

    // They end the sign-in that the test goes on with, or ask for an hour's pause after five wrong passwords.
    private static readonly string[] LeftOut = ["POST /api/identity/logout", "POST /api/me/erasure"];

    [Fact]
    [Trait("hostile", "R35 R47")]
    public async Task No_value_of_any_field_is_an_outage_and_a_refusal_names_its_field()
    {
        var described = JsonNode.Parse(await deployment.Anonymous().GetStringAsync("/openapi/v1.json"))!;
        var world = await World.MakeAsync(deployment);
        var values = new HostileValues(described["components"]!["schemas"]!, world.Known);
        var shapes = new AnswerShapes(described);
        var requests = described["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject()
                    .Where(op => op.Value is JsonObject && op.Key is "get" or "post" or "put" or "patch" or "delete")
                    .SelectMany(op => Requests(values, world, op.Key.ToUpperInvariant(), path.Key, op.Value!))
            )
            .ToList();
        output.WriteLine($"{requests.Count} requests");
        Assert.True(requests.Count > 1500, $"only {requests.Count} requests");

        var faults = new ConcurrentBag<string>();
        await Task.WhenAll(
            requests
                .GroupBy(r => r.As)
                .Select(async mine =>
                {
                    using var http = deployment.Anonymous();
                    foreach (var request in mine)
                    {
                        if (await FaultAsync(http, world, shapes, request) is { } fault)
                        {
                            faults.Add(fault);
                        }
                    }
                })
        );
        Assert.True(faults.IsEmpty, $"{faults.Count} of {requests.Count}:\n{string.Join('\n', faults.Order().Take(150))}");
    }

    private static IEnumerable<Asked> Requests(HostileValues values, World world, string method, string template, JsonNode operation)
    {
        if (LeftOut.Contains($"{method} {template}") || template.StartsWith("/hubs", StringComparison.Ordinal))
        {
            yield break;
        }

        var (path, who) = (world.Path(template), world.Who(operation));
        var body = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        var sound = body is null ? null : values.Sample(body, "")!.ToJsonString();
        foreach (var one in body is null ? [] : values.For(body))
        {
            yield return new Asked(who, method, template, path, one.Body, one.Field, one.Value, sound);
        }

        foreach (var query in (operation["parameters"]?.AsArray() ?? []).Where(p => (string)p!["in"]! == "query"))
        {
            var name = (string)query!["name"]!;
            foreach (var value in Queries)
            {
                yield return new Asked(who, method, template, $"{path}?{name}={value}", sound, name, value, sound);
            }
        }
    }

    private static async Task<string?> FaultAsync(HttpClient http, World world, AnswerShapes shapes, Asked asked)
    {
        var (status, text) = await SendAsync(http, world, asked, asked.Path, asked.Body);
        if (shapes.Faults(asked.Method, asked.Template, status, text).FirstOrDefault() is { } unlike)
        {
            return $"{asked.Method} {asked.Template} answers {status} not as described: {unlike}";
        }

        if (status < 500 && (status != 400 || Names(text, asked.Field)))
        {
            return null;
        }

        // What is wrong with the body as it was is no answer to the hostile value.
        var before = status < 500 ? await SendAsync(http, world, asked, asked.Path.Split('?')[0], asked.Sound) : default;
        var shown = asked.Value.Length > 40 ? asked.Value[..40] + "…" : asked.Value;
        return before.Status == 400 && ErrorsOf(text).IsSubsetOf(ErrorsOf(before.Text))
            ? null
            : $"{asked.Method} {asked.Path.Split('?')[0]} {asked.Field} = {shown}: {status} {(text.Length > 300 ? text[..300] : text)}";
    }

    private static async Task<(int Status, string Text)> SendAsync(HttpClient http, World world, Asked asked, string path, string? body)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(new HttpMethod(asked.Method), path);
            request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
            if (world.Tokens.TryGetValue(asked.As, out var token))
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            using var response = await http.SendAsync(request);
            // The gateway's limit passes within moments; a longer one, such as that of mails to one address, is the answer.
            if (response.StatusCode != HttpStatusCode.TooManyRequests || response.Headers.RetryAfter?.Delta > TimeSpan.FromSeconds(5))
            {
                return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
            }

            await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
        }
    }

    private static HashSet<string> ErrorsOf(string text) => JsonNode.Parse(text)?["errors"] is JsonObject errors ? [.. errors.Select(e => e.Key)] : [];

    // A field inside an object that is wrong as a whole may be named by the object, and the other way round.
    private static bool Names(string text, string field)
    {
        try
        {
            return JsonNode.Parse(text) is { } problem
                && (
                    (string?)problem["code"] is not ("validation" or "bad-request")
                    || (
                        problem["errors"] is JsonObject errors
                        && errors.Any(e => field.StartsWith(e.Key, StringComparison.Ordinal) || e.Key.StartsWith(field, StringComparison.Ordinal))
                    )
                );
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private sealed record Asked(string As, string Method, string Template, string Path, string? Body, string Field, string Value, string? Sound);

    /// <summary>People and things to ask about: an evening of its own, which no other test needs.</summary>
    private sealed record World(Dictionary<string, string> Tokens, Dictionary<string, string> Ids, Dictionary<string, JsonNode?> Known)
    {
        // An account may send some twenty requests a second; most of these are an operator's.
        private const int Operators = 6;

        private int _turn;

        public static async Task<World> MakeAsync(Deployment deployment)
        {
            var operators = await Person.SignInAsync(deployment, "operator@demo.test");
            var facilitator = await Person.NewFacilitatorAsync(deployment, operators);
            var evening = await Evening.TonightAsync(operators, facilitator.Id);
            var member = await Person.NewMemberAsync(deployment, "NY");
            var enrollment = await member.SeatAsync(evening.Group);
            var tokens = new Dictionary<string, string>
            {
                ["operator0"] = operators.Token,
                ["facilitator"] = facilitator.Token,
                ["member"] = member.Token,
            };
            for (var n = 1; n < Operators; n++)
            {
                tokens[$"operator{n}"] = (await Person.InvitedAsync(deployment, operators, "operator", "grouport")).Token;
            }

            return new World(
                tokens,
                new()
                {
                    ["groups"] = $"{evening.Group}",
                    ["sessions"] = $"{evening.Session}",
                    ["members"] = $"{member.Id}",
                    ["facilitators"] = $"{facilitator.Id}",
                    ["enrollments"] = $"{enrollment}",
                    ["rule-sets"] = "1",
                    ["practices"] = "grouport",
                },
                SoundValues.Of("grouport", evening, facilitator, member)
            );
        }

        /// <summary>The template with real ids; what has none here gets one that no row has.</summary>
        public string Path(string template)
        {
            var parts = template.Split('/');
            return string.Join(
                '/',
                parts.Select(
                    (part, i) =>
                        !part.StartsWith('{') ? part
                        : Ids.TryGetValue(parts[i - 1], out var id) ? id
                        : part.EndsWith(".ics", StringComparison.Ordinal) ? $"{Guid.CreateVersion7()}.ics"
                        : $"{Guid.CreateVersion7()}"
                )
            );
        }

        public string Who(JsonNode operation)
        {
            var roles = operation["x-roles"]!.AsArray().Select(role => (string)role!).ToList();
            return roles.Contains("operator") ? $"operator{_turn++ % Operators}"
                : roles.Contains("facilitator") ? "facilitator"
                : roles.Contains("anyone") ? "nobody"
                : "member";
        }
    }
}
