using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace GroupTherapy.Gateway.PersonalData;

/// <summary>
/// An export as a page that a person can read and print, in their language: headings and tables with the web client's <c>plain.css</c>, no script. Every value
/// is encoded.
/// </summary>
internal sealed class ExportPage(ExportTexts texts)
{
    /// <param name="asked">The language that was asked for; null for the person's own.</param>
    /// <param name="accepted">What the browser prefers, where the person said nothing.</param>
    public static string Of(JsonObject data, string? asked, IEnumerable<string?> accepted) =>
        new ExportPage(ExportTexts.For([asked, Wish(data["notifications"]?["wishes"]), Wish(data["enrollment"]?["profile"]), .. accepted])).Write(data);

    private string Write(JsonObject data)
    {
        var page = new StringBuilder(
            $"<!doctype html>\n<html lang=\"{texts.Language}\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                + $"<title>{Encode(texts.Title)}</title><link rel=\"stylesheet\" href=\"/plain.css\"></head><body><main>\n<h1>{Encode(texts.Title)}</h1>\n"
        )
            .Append("<p class=\"soft\">")
            .Append(string.Format(CultureInfo.InvariantCulture, Encode(texts.Collected), Text(data["collectedAt"])))
            .Append("</p>\n");
        foreach (var (service, sections) in data.Where(d => d.Value is JsonObject))
        {
            page.Append("<h2>").Append(Words(service)).Append("</h2>\n");
            foreach (var (name, value) in sections!.AsObject())
            {
                page.Append("<h3>").Append(Words(name)).Append("</h3>\n");
                Section(page, name, value);
            }
        }

        return page.Append("</main></body></html>\n").ToString();
    }

    private void Section(StringBuilder page, string name, JsonNode? value)
    {
        if (value is not JsonArray { Count: > 0 } rows || rows.Any(r => r is not JsonObject))
        {
            page.Append("<p>").Append(value is null or JsonArray { Count: 0 } ? Encode(texts.Nothing) : Text(value)).Append("</p>\n");
            return;
        }

        var columns = rows.SelectMany(r => r!.AsObject().Select(p => p.Key)).Distinct().ToList();
        page.Append("<div class=\"scroll\" role=\"region\" aria-label=\"").Append(Words(name)).Append("\" tabindex=\"0\"><table><thead><tr>");
        columns.ForEach(c => page.Append("<th scope=\"col\">").Append(Words(c)).Append("</th>"));
        page.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            columns.ForEach(c => page.Append("<td>").Append(Text(row![c])).Append("</td>"));
            page.Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    // Of one row at most: a person has one profile, and wishes once.
    private static string? Wish(JsonNode? rows) => rows is JsonArray { Count: > 0 } list && list[0] is JsonObject row ? (string?)row["language"] : null;

    private string Words(string name) => Encode(texts.Of(name));

    private string Text(JsonNode? value) =>
        Encode(
            value switch
            {
                null => "",
                JsonArray list => string.Join("; ", list.Select(Plain)),
                _ => Plain(value),
            }
        );

    private string Plain(JsonNode? value) =>
        value switch
        {
            JsonObject o => string.Join(", ", o.Where(p => p.Value is not null).Select(p => $"{texts.Of(p.Key)}: {Plain(p.Value)}")),
            JsonArray a => string.Join("; ", a.Select(Plain)),
            JsonValue v when v.TryGetValue<bool>(out var yes) => yes ? texts.Yes : texts.No,
            JsonValue v when v.TryGetValue<string>(out var text) => Instant(text),
            _ => value?.ToString() ?? "",
        };

    // 2026-11-30T17:42:24.4964542Z: 2026-11-30 17:42:24
    private static string Instant(string text) =>
        text is [_, _, _, _, '-', _, _, '-', _, _, 'T', _, _, ':', _, _, ':', ..] && text.EndsWith('Z') ? $"{text[..10]} {text[11..19]}" : text;

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
