using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Platform.Json;

/// <summary>
/// One text for one value: keys sorted by code point, no white space, only the escapes JSON demands. A value must hash the same in years,
/// so this depends on no serialiser's defaults. Equal to Python's <c>json.dumps(sort_keys=True, separators=(",", ":"), ensure_ascii=False)</c>
/// for objects, arrays, strings, booleans, null and integers; other numbers keep the digits they came with.
/// </summary>
public static class CanonicalJson
{
    private static readonly JsonSerializerOptions Camel = new(JsonSerializerDefaults.Web) { Converters = { new InstantConverter() } };

    /// <summary>Serialises with camelCase names, then canonicalises.</summary>
    public static string Of(object value, JsonSerializerOptions? options = null)
    {
        using var document = JsonSerializer.SerializeToDocument(value, value.GetType(), options ?? Camel);
        return Of(document.RootElement);
    }

    public static string Of(JsonNode node)
    {
        using var document = JsonDocument.Parse(node.ToJsonString());
        return Of(document.RootElement);
    }

    public static string Of(JsonElement element)
    {
        var text = new StringBuilder(256);
        Write(element, text);
        return text.ToString();
    }

    private static void Write(JsonElement element, StringBuilder text)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                var first = true;
                foreach (var property in element.EnumerateObject().OrderBy(p => p.Name, CodePointOrder.Instance))
                {
                    Separate(text, ref first);
                    WriteString(property.Name, text);
                    text.Append(':');
                    Write(property.Value, text);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var head = true;
                foreach (var item in element.EnumerateArray())
                {
                    Separate(text, ref head);
                    Write(item, text);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(element.GetString()!, text);
                break;
            default:
                text.Append(element.GetRawText());
                break;
        }
    }

    private static void Separate(StringBuilder text, ref bool first)
    {
        if (!first)
        {
            text.Append(',');
        }

        first = false;
    }

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    // Ordinal UTF-16 order differs from code point order above U+FFFF.
    private sealed class CodePointOrder : IComparer<string>
    {
        public static readonly CodePointOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            ReadOnlySpan<char> a = x,
                b = y;
            while (!a.IsEmpty && !b.IsEmpty)
            {
                if (
                    Rune.DecodeFromUtf16(a, out var p, out var m) != OperationStatus.Done
                    || Rune.DecodeFromUtf16(b, out var q, out var n) != OperationStatus.Done
                )
                {
                    return string.CompareOrdinal(x, y);
                }

                if (p != q)
                {
                    return p.Value.CompareTo(q.Value);
                }

                a = a[m..];
                b = b[n..];
            }

            return a.Length.CompareTo(b.Length);
        }
    }
}
