using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.Description;

/// <summary>
/// The API and the hub as one page to read: plain HTML without scripts and without anything from elsewhere, so that the policy of the origin on which
/// people sign in stays as strict as it is (decision 0031). Pure.
/// </summary>
internal static class DocsPage
{
    private const string Style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
        body { max-width: 62rem; margin: 0 auto; padding: 1rem; }
        h2 { margin-top: 3rem; border-bottom: 1px solid; } h3 { margin: 2rem 0 .25rem; font-size: 1rem; }
        code { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; } .m { font-weight: 700; }
        table { border-collapse: collapse; width: 100%; margin: .5rem 0; } td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; }
        summary { cursor: pointer; } nav li { display: inline-block; margin-right: 1rem; } nav ul { padding: 0; list-style: none; }
        """;

    /// <summary>Allows the page's own style and nothing else.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static string Of(JsonObject api, JsonObject? hub)
    {
        var page = new StringBuilder(256 * 1024);
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<title>The API</title><style>")
            .Append(Style)
            .Append("</style></head><body><header><h1>The API</h1>")
            .Append("<p>For tools: <a href=\"/openapi/v1.json\">OpenAPI</a>, <a href=\"/asyncapi/v1.json\">AsyncAPI</a>.</p></header>")
            .Append("<nav aria-label=\"Chapters\"><ul>");
        var chapters = api["paths"]!
            .AsObject()
            .SelectMany(p =>
                p.Value!.AsObject()
                    .Where(o => o.Value is JsonObject { } x && x["responses"] is not null)
                    .Select(o => (Path: p.Key, Method: o.Key, Operation: o.Value!.AsObject()))
            )
            .GroupBy(o => (string?)o.Operation["tags"]?[0] ?? "Other")
            .ToList();
        foreach (var name in chapters.Select(c => c.Key).Append("The hub"))
        {
            page.Append("<li><a href=\"#").Append(Anchor(name)).Append("\">").Append(Html(name)).Append("</a></li>");
        }

        page.Append("</ul></nav><main>");
        foreach (var chapter in chapters)
        {
            page.Append("<section aria-labelledby=\"")
                .Append(Anchor(chapter.Key))
                .Append("\"><h2 id=\"")
                .Append(Anchor(chapter.Key))
                .Append("\">")
                .Append(Html(chapter.Key))
                .Append("</h2>");
            foreach (var (path, method, operation) in chapter)
            {
                AddOperation(page, path, method, operation, api);
            }

            page.Append("</section>");
        }

        if (hub is not null)
        {
            AddHub(page, hub);
        }

        return page.Append("</main></body></html>").ToString();
    }

    private static void AddOperation(StringBuilder page, string path, string method, JsonObject operation, JsonObject api)
    {
        var id = (string?)operation["operationId"] ?? $"{method}-{path}";
        page.Append("<h3 id=\"")
            .Append(Anchor(id))
            .Append("\"><code><span class=\"m\">")
            .Append(method.ToUpperInvariant())
            .Append("</span> ")
            .Append(Html(path))
            .Append("</code></h3><p>")
            .Append(Html((string?)operation["summary"]))
            .Append(". ")
            .Append(Prose((string?)operation["description"]))
            .Append(" For: ")
            .Append(Html(string.Join(", ", (operation["x-roles"] as JsonArray ?? []).Select(r => (string?)r))))
            .Append(".</p>");
        var body = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        var parameters = operation["parameters"] as JsonArray ?? [];
        if (parameters.Count > 0)
        {
            page.Append("<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>");
            foreach (var parameter in parameters)
            {
                page.Append("<tr><td><code>")
                    .Append(Html((string?)parameter!["name"]))
                    .Append("</code></td><td>")
                    .Append(Html((string?)parameter["in"]))
                    .Append("</td><td>")
                    .Append(Prose((string?)parameter["description"]))
                    .Append(' ')
                    .Append(Html(TypeOf(parameter["schema"])))
                    .Append("</td></tr>");
            }

            page.Append("</table>");
        }

        AddFields(page, "Request", body, api);
        foreach (var (status, response) in operation["responses"]!.AsObject())
        {
            if (status[0] == '2')
            {
                AddFields(page, $"Answer {status}", response!["content"]?["application/json"]?["schema"], api);
            }
            else if (response!["description"] is { } codes)
            {
                page.Append("<div>").Append(status).Append(": ").Append(Prose((string?)codes)).Append("</div>");
            }
        }
    }

    private static void AddFields(StringBuilder page, string title, JsonNode? schema, JsonObject api)
    {
        var described = Resolve(schema, api);
        if (described?["properties"] is not JsonObject { Count: > 0 } fields)
        {
            return;
        }

        var required = (described["required"] as JsonArray ?? []).Select(r => (string?)r).ToHashSet();
        page.Append("<details><summary>")
            .Append(title)
            .Append("</summary>")
            .Append(Prose((string?)described["description"]))
            .Append("<table><tr><th>Field</th><th>Type</th><th>Meaning</th></tr>");
        foreach (var (name, field) in fields)
        {
            page.Append("<tr><td><code>")
                .Append(Html(name))
                .Append("</code>")
                .Append(required.Contains(name) ? "" : " (optional)")
                .Append("</td><td>")
                .Append(Html(TypeOf(field)))
                .Append("</td><td>")
                .Append(Prose((string?)field!["description"]))
                .Append("</td></tr>");
        }

        page.Append("</table></details>");
    }

    private static void AddHub(StringBuilder page, JsonObject hub)
    {
        page.Append("<section aria-labelledby=\"the-hub\"><h2 id=\"the-hub\">The hub</h2><p>")
            .Append(Prose((string?)hub["info"]!["description"]))
            .Append("</p>");
        foreach (var (name, operation) in hub["operations"]!.AsObject())
        {
            var isCall = (string?)operation!["action"] == "receive";
            page.Append("<h3 id=\"hub-")
                .Append(Anchor(name))
                .Append("\"><code>")
                .Append(Html(name))
                .Append("</code> ")
                .Append(isCall ? "(you call)" : "(you are called)")
                .Append("</h3><p>")
                .Append(Html((string?)operation["summary"]))
                .Append("</p>");
            AddFields(page, isCall ? "Argument" : "Carries", hub["components"]!["messages"]![name]?["payload"], hub);
            if (isCall)
            {
                AddFields(page, "Answer", hub["components"]!["messages"]![$"{name}.answer"]?["payload"], hub);
                var codes = operation["x-errors"]!.AsArray().Select(e => $"<code>{Html((string?)e)}</code>");
                page.Append("<div>For: ")
                    .AppendJoin(", ", operation["x-roles"]!.AsArray().Select(r => Html((string?)r)))
                    .Append((bool)operation["x-while-waiting"]! ? "; while waiting too" : "")
                    .Append(".</div>");
                page.Append("<div>Refusals: ").AppendJoin(", ", codes).Append("</div>");
            }
        }

        page.Append("<h3>Events</h3>");
        foreach (var (name, schema) in hub["components"]!["schemas"]!.AsObject().Where(s => s.Key.StartsWith("event.", StringComparison.Ordinal)))
        {
            page.Append("<p><code>").Append(Html(name["event.".Length..])).Append("</code> ").Append(Prose((string?)schema!["description"])).Append("</p>");
            AddFields(page, "Data", schema["properties"]!["data"], hub);
        }

        page.Append("</section>");
    }

    private static JsonNode? Resolve(JsonNode? schema, JsonObject document)
    {
        var found = schema?["oneOf"] is JsonArray either ? either.FirstOrDefault(e => e!["$ref"] is not null) : schema;
        return (string?)found?["$ref"] is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]] : found;
    }

    private static string TypeOf(JsonNode? schema)
    {
        if (schema?["enum"] is JsonArray values)
        {
            return string.Join(" | ", values.Select(v => v is null ? "null" : (string?)v));
        }

        if ((string?)schema?["$ref"] is { } reference)
        {
            return reference.Split('/', '.')[^1];
        }

        if (schema?["oneOf"] is JsonArray either)
        {
            return string.Join(" | ", either.Select(TypeOf));
        }

        var type = schema?["type"] switch
        {
            JsonArray many => string.Join(" | ", many.Select(t => (string?)t)),
            { } one => (string?)one,
            _ => "any",
        };
        return schema?["items"] is { } items
            ? $"array of {TypeOf(items)}"
            : type + (schema?["format"] is { } format ? $" ({format})" : "") + (schema?["maxLength"] is { } most ? $", at most {most}" : "");
    }

    private static string Anchor(string text) => string.Concat(text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    private static string Html(string? text) => WebUtility.HtmlEncode(text ?? "");

    // `code` in docstrings.
    private static string Prose(string? text) => string.Concat(Html(text).Split('`').Select((part, i) => i % 2 == 1 ? $"<code>{part}</code>" : part));
}
