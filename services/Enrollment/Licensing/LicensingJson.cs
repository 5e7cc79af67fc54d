using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>How licensing reads and writes JSON: camelCase, exact names, nothing unknown, nothing twice, nothing guessed.</summary>
public static class LicensingJson
{
    /// <summary>Shared, read-only options.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            PropertyNameCaseInsensitive = false,
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>Instants with an explicit offset. Without one, a serialiser would take the machine's own zone.</summary>
public sealed class InstantJsonConverter : JsonConverter<DateTimeOffset>
{
    private const DateTimeStyles Universal = DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal;
    private const string Written = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";
    private static readonly string[] Readable = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text =
            reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("An instant such as 2026-11-24T00:00:00Z is needed.");
        var zoned = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        return zoned && DateTimeOffset.TryParseExact(text, Readable, CultureInfo.InvariantCulture, Universal, out var instant)
            ? instant
            : throw new JsonException("An instant such as 2026-11-24T00:00:00Z is needed.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Written, CultureInfo.InvariantCulture));
}
