using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GroupTherapy.Description;

/// <summary>Adds to a generated schema what docstrings, attributes and the vocabulary (<see cref="Fields"/>) say: meaning, closed sets, bounds, an
/// example.</summary>
internal static class SchemaDetails
{
    public static void Add(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(DateTimeOffset))
        {
            // The describer takes a type with a converter of its own for anything at all.
            schema.Type = JsonSchemaType.String | (context.JsonTypeInfo.Type == typeof(DateTimeOffset?) ? JsonSchemaType.Null : 0);
            schema.Format = TextFormats.Instant;
        }
        else if (type.IsEnum)
        {
            schema.Type ??= JsonSchemaType.String;
        }

        if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            schema.Description = DocComments.Of(type) ?? schema.Description;
            AddRequired(schema, context.JsonTypeInfo);
            AddMeanings(schema, context.JsonTypeInfo);
        }
        else if (context.JsonPropertyInfo is { } property)
        {
            schema.Description ??= property.AttributeProvider is PropertyInfo p ? DocComments.Of(p) : null;
            AddField(schema, SchemaNames.Of(property.DeclaringType), property.Name);
        }
        else if (context.ParameterDescription is { } parameter)
        {
            AddField(schema, "", parameter.Name);
        }
    }

    // Request fields are nullable in C#, so that every fault can be told at once; [Required] says that the wire wants a value.
    private static void AddRequired(OpenApiSchema schema, JsonTypeInfo type)
    {
        var wanted = type.Properties.Where(IsRequired).Select(p => p.Name).ToList();
        if (wanted.Count > 0)
        {
            schema.Required ??= new HashSet<string>();
            schema.Required.UnionWith(wanted);
            schema.AddExtension("x-not-null", new JsonNodeExtension(new JsonArray([.. wanted.Select(w => JsonValue.Create(w))])));
        }
    }

    // A field whose schema is a reference has no place of its own for a description yet: the gateway puts it there.
    private static void AddMeanings(OpenApiSchema schema, JsonTypeInfo type)
    {
        var meanings = new JsonObject();
        foreach (var property in type.Properties)
        {
            var meaning =
                (property.AttributeProvider is PropertyInfo p ? DocComments.Of(p) : null)
                ?? FieldMeanings.Find(SchemaNames.Of(property.DeclaringType), property.Name);
            if (meaning is not null)
            {
                meanings[property.Name] = meaning;
            }
        }

        if (meanings.Count > 0)
        {
            schema.AddExtension("x-meanings", new JsonNodeExtension(meanings));
        }
    }

    private static bool IsRequired(JsonPropertyInfo property) =>
        property.AttributeProvider?.IsDefined(typeof(RequiredAttribute), true) == true
        || property.AssociatedParameter?.AttributeProvider?.IsDefined(typeof(RequiredAttribute), true) == true;

    private static void AddField(OpenApiSchema schema, string of, string name)
    {
        var value = schema.Items as OpenApiSchema ?? schema;
        var field = Fields.Find(of, name) ?? new Field();
        if (Is(value, JsonSchemaType.String) && (value.Format is null || field.Format == value.Format))
        {
            AddText(value, field);
        }
        else if (Is(value, JsonSchemaType.Integer))
        {
            (value.Minimum, value.Maximum) = ($"{field.Min ?? 0}", field.Max is { } max ? $"{max}" : null);
        }

        if (value.Examples is null or { Count: 0 } && ExampleOf(name, value, field) is { } example)
        {
            value.Examples = [example];
        }
    }

    private static void AddText(OpenApiSchema text, Field field)
    {
        if (field.Values is { } values)
        {
            text.Enum = [.. values.Select(v => (JsonNode)v)];
            if (text.Type!.Value.HasFlag(JsonSchemaType.Null))
            {
                text.Enum.Add(JsonNullSentinel.JsonNull);
            }
        }

        text.Format = field.Format ?? text.Format;
        text.Pattern = field.Pattern ?? (field.Format is { } format ? TextFormats.All[format].Pattern : text.Pattern);
        text.MaxLength = field.MaxLength ?? text.MaxLength;
    }

    private static bool Is(OpenApiSchema schema, JsonSchemaType type) => schema.Type is { } t && t.HasFlag(type);

    private static JsonNode? ExampleOf(string name, OpenApiSchema schema, Field field) =>
        field.Values is [var first, ..] && Is(schema, JsonSchemaType.String) ? first
        : Is(schema, JsonSchemaType.String) ? TextExample(name, schema, field)
        : Is(schema, JsonSchemaType.Integer) ? Math.Max(1, field.Min ?? 1)
        : Is(schema, JsonSchemaType.Number) ? 0.5
        : Is(schema, JsonSchemaType.Boolean) ? (JsonNode)false
        : null;

    // A format that the C# type brings wins over the vocabulary.
    private static string TextExample(string name, OpenApiSchema schema, Field field) =>
        schema.Format is { } format && format != field.Format && TextFormats.All.TryGetValue(format, out var byType)
            ? byType.Example
            : field.Example ?? (schema.Format is { } own && TextFormats.All.TryGetValue(own, out var known) ? known.Example : name);
}
