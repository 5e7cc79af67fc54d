using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace GroupTherapy.Platform.Data;

/// <summary>Reads null in a message as the field left out, where the field has a default: senders that write every field mean the same by both.</summary>
public static class TolerantNulls
{
    public static JsonSerializerOptions Apply(JsonSerializerOptions options) =>
        new(options) { TypeInfoResolver = (options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver()).WithAddedModifier(UseDefaults) };

    private static void UseDefaults(JsonTypeInfo type)
    {
        foreach (var field in type.Properties)
        {
            if (field.AssociatedParameter is { HasDefaultValue: true, DefaultValue: { } value })
            {
                field.CustomConverter = (JsonConverter)Activator.CreateInstance(typeof(DefaultForNull<>).MakeGenericType(field.PropertyType), value)!;
            }
        }
    }

    private sealed class DefaultForNull<T>(T value) : JsonConverter<T>
    {
        public override bool HandleNull => true;

        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? value : JsonSerializer.Deserialize<T>(ref reader, options);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value, options);
    }
}
