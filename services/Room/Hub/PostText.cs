using System.Text.Json;
using System.Text.Json.Serialization;

namespace GroupTherapy.Room.Hub;

/// <summary>Text as a client sent it. Half a surrogate pair is JSON but no text; it is refused with a code, not as a malformed call.</summary>
[JsonConverter(typeof(Reader))]
public readonly record struct PostText(string? Value)
{
    private sealed class Reader : JsonConverter<PostText>
    {
        public override PostText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                throw new JsonException("Text is a string.");
            }

            try
            {
                return new PostText(reader.GetString());
            }
            catch (InvalidOperationException)
            {
                return new PostText(null);
            }
        }

        public override void Write(Utf8JsonWriter writer, PostText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
