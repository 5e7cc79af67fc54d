using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GroupTherapy.Description;

/// <summary>The docstrings of an assembly as plain text, from the file that the compiler writes beside it.</summary>
public static partial class DocComments
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> Files = [];

    /// <summary>The summary of a type; null where it has none, or where there is no file.</summary>
    public static string? Of(Type type) => Text(Member($"T:{NameOf(type)}", type)?.Element("summary"));

    /// <summary>The documentation of a property: its own summary, or its parameter of a positional record.</summary>
    public static string? Of(PropertyInfo property) =>
        property.DeclaringType is { } type ? Text(Member($"P:{NameOf(type)}.{property.Name}", type)?.Element("summary")) : null;

    /// <summary>The summary of a handler that is a method with a name.</summary>
    public static string? Of(MethodInfo method) =>
        method.DeclaringType is { } type
            ? Text(
                FileOf(type.Assembly)
                    .FirstOrDefault(m => m.Key.StartsWith($"M:{NameOf(type)}.{method.Name}(", StringComparison.Ordinal))
                    .Value?.Element("summary")
            )
            : null;

    private static XElement? Member(string name, Type type) => FileOf(type.Assembly).GetValueOrDefault(name);

    private static string NameOf(Type type) => ((type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName ?? type.Name).Replace('+', '.');

    private static IReadOnlyDictionary<string, XElement> FileOf(Assembly assembly) =>
        Files.GetOrAdd(
            assembly,
            static a =>
            {
                var file = a.Location.Length == 0 ? "" : Path.ChangeExtension(a.Location, ".xml");
                return !File.Exists(file)
                    ? new Dictionary<string, XElement>()
                    : XDocument
                        .Load(file)
                        .Descendants("member")
                        .Where(m => m.Attribute("name") is not null)
                        .GroupBy(m => (string)m.Attribute("name")!)
                        .ToDictionary(m => m.Key, m => m.First());
            }
        );

    private static string? Text(XElement? element)
    {
        if (element is null)
        {
            return null;
        }

        var parts = element
            .Nodes()
            .Select(n =>
                n switch
                {
                    XText text => text.Value,
                    XElement e when e.Name == "c" => $"`{e.Value}`",
                    XElement e when e.Name == "paramref" || e.Name == "typeparamref" => $"`{Lower((string?)e.Attribute("name") ?? "")}`",
                    XElement e when e.Name == "see" => $"`{((string?)e.Attribute("cref") ?? (string?)e.Attribute("langword") ?? "").Split('.', ':')[^1]}`",
                    XElement e => e.Value,
                    _ => "",
                }
            );
        return Spaces().Replace(string.Concat(parts), " ").Trim() is { Length: > 0 } said ? said : null;
    }

    // The reader of the API knows a field by its name on the wire.
    private static string Lower(string name) => name.Length == 0 ? name : char.ToLowerInvariant(name[0]) + name[1..];

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
