using System.Text.Json.Serialization.Metadata;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Api;

/// <summary>Notes which fields of a <see cref="ChangeRequest"/> came as <c>null</c>, since a field that was left out reads the same.</summary>
internal static class NamedNulls
{
    public static IJsonTypeInfoResolver Resolver { get; } = new DefaultJsonTypeInfoResolver { Modifiers = { Note } };

    private static void Note(JsonTypeInfo type)
    {
        if (!type.Type.IsSubclassOf(typeof(ChangeRequest)))
        {
            return;
        }

        foreach (var property in type.Properties)
        {
            var (name, set) = (property.Name, property.Set);
            property.Set = (request, value) =>
            {
                if (value is null)
                {
                    ((ChangeRequest)request).Nulls.Add(name);
                }

                set?.Invoke(request, value);
            };
        }
    }
}
