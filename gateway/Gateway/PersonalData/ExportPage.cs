using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.PersonalData;

/// <summary>
/// An export as a page that a person can read and print: headings and tables with the web client's <c>plain.css</c>, no script. Every value is encoded.
/// </summary>
internal static class ExportPage
{
    public static string Of(JsonObject data)
    {
        var page = new StringBuilder(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
            + "<title>My data</title><link rel=\"stylesheet\" href=\"/plain.css\"></head><body><main>\n<h1>My data</h1>\n")
            .Append("<p class=\"soft\">Collected ").Append(Text(data["collectedAt"])).Append(". Times are UTC.</p>\n");
        foreach (var (service, sections) in data.Where(d => d.Value is JsonObject))
        {
            page.Append("<h2>").Append(Words(service)).Append("</h2>\n");
            foreach (var (name, value) in sections!.AsObject())
            {
                page.Append("<h3>").Append(Words(name)).Append("</h3>\n");
                Section(page, value);
            }
        }

        return page.Append("</main></body></html>\n").ToString();
    }

    private static void Section(StringBuilder page, JsonNode? value)
    {
        if (value is not JsonArray { Count: > 0 } rows || rows.Any(r => r is not JsonObject))
        {
            page.Append("<p>").Append(value is null or JsonArray { Count: 0 } ? "Nothing." : Text(value)).Append("</p>\n");
            return;
        }

        var columns = rows.SelectMany(r => r!.AsObject().Select(p => p.Key)).Distinct().ToList();
        page.Append("<div class=\"scroll\"><table><thead><tr>");
        columns.ForEach(c => page.Append("<th>").Append(Words(c)).Append("</th>"));
        page.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            columns.ForEach(c => page.Append("<td>").Append(Text(row![c])).Append("</td>"));
            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static string Text(JsonNode? value) => WebUtility.HtmlEncode(value switch
    {
        null => "",
        JsonArray list => string.Join("; ", list.Select(Plain)),
        _ => Plain(value),
    });

    private static string Plain(JsonNode? value) => value switch
    {
        JsonObject o => string.Join(", ", o.Where(p => p.Value is not null).Select(p => $"{p.Key}: {Plain(p.Value)}")),
        JsonArray a => string.Join("; ", a.Select(Plain)),
        JsonValue v when v.TryGetValue<string>(out var text) => Instant(text),
        _ => value?.ToString() ?? "",
    };

    // 2026-11-30T17:42:24.4964542Z: 2026-11-30 17:42:24
    private static string Instant(string text) =>
        text is [_, _, _, _, '-', _, _, '-', _, _, 'T', _, _, ':', _, _, ':', ..] && text.EndsWith('Z') ? $"{text[..10]} {text[11..19]}" : text;

    // signIns: Sign ins
    private static string Words(string name)
    {
        var words = string.Concat(name.Select((c, i) =>
            i == 0 ? $"{char.ToUpperInvariant(c)}" : char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));
        return WebUtility.HtmlEncode(words);
    }
}
