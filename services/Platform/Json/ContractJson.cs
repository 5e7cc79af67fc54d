using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GroupTherapy.Platform.Json;

/// <summary>The JSON of the public contract: camelCase, unknown and doubled fields refused, no numbers from strings, instants in UTC ending in Z.</summary>
public static class ContractJson
{
    public static JsonSerializerOptions Options { get; } = Apply(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.MaxDepth = 32;
        options.Converters.Add(new InstantConverter());
        return options;
    }
}

/// <summary>ISO 8601 instants. Reads any offset that is written, refuses none written; writes UTC with Z.</summary>
public sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var instant)
            ? instant
            : throw new JsonException("An instant is written like 2026-11-24T00:00:00Z.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Text(value));

    public static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>True for an instant with an offset; <c>2026-11-24T00:00:00</c> names no instant.</summary>
    public static bool TryParse(string? text, out DateTimeOffset instant)
    {
        instant = default;
        if (text is null || text.Length is < 17 or > 40 || (text[^1] is not ('Z' or 'z') && text[^6] is not ('+' or '-')))
        {
            return false;
        }

        if (!DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read))
        {
            return false;
        }

        instant = read.ToUniversalTime();
        return true;
    }
}
