using System.Text.Encodings.Web;
using System.Text.Json;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Room.Storage;

/// <summary>The JSON of events: camelCase, text as it was written (it is never HTML), instants in UTC.</summary>
internal static class RoomJson
{
    public static JsonSerializerOptions Options { get; } = Apply(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>For hub arguments and answers: unknown fields are ignored, missing and null ones are not.</summary>
    public static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Converters.Add(new InstantConverter());
        return options;
    }

    public static byte[] Bytes(object data) => JsonSerializer.SerializeToUtf8Bytes(data, data.GetType(), Options);

    public static string Of(object data) => JsonSerializer.Serialize(data, data.GetType(), Options);
}
