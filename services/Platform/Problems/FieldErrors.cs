using System.Text.Json;
using GroupTherapy.Unicode;

namespace GroupTherapy.Platform.Problems;

/// <summary>Collects every fault of a request, so that a client gets all of them at once.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, List<string>> _errors = [];

    public bool Any => _errors.Count > 0;

    public FieldErrors Check(bool holds, string field, string message)
    {
        if (!holds)
        {
            var messages = _errors.TryGetValue(field, out var list) ? list : _errors[field] = [];
            if (!messages.Contains(message))
            {
                messages.Add(message);
            }
        }

        return this;
    }

    /// <summary>A read-only field: a request may repeat its value or omit it.</summary>
    public FieldErrors AsShown<T>(T? sent, T? shown, string field) =>
        Check(
            sent is null || EqualityComparer<T>.Default.Equals(sent, shown),
            field,
            "This does not change here: leave it out, or send it as it was shown last."
        );

    /// <summary>One line of 1 to <paramref name="longest"/> characters, with something to be seen.</summary>
    public FieldErrors Text(string? value, string field, int longest) =>
        Check(value is not null && NameRules.IsVisible(value), field, "This is needed.").OptionalText(value, field, longest);

    /// <summary>A name of 1 to <paramref name="longest"/> characters once it is trimmed; see <see cref="NameRules"/>.</summary>
    public FieldErrors Name(string? value, string field, int longest) =>
        Text(value is null ? null : NameRules.Trim(value), field, longest)
            .Check(value is null || TextRules.IsClean(value), field, "Control characters and other invisible commands are not allowed.");

    /// <summary>At most <paramref name="longest"/> characters where there is a text at all.</summary>
    /// <param name="manyLines">Line feeds and tabs are allowed.</param>
    public FieldErrors OptionalText(string? value, string field, int longest, bool manyLines = false) =>
        Check(value is null || TextRules.Length(value) <= longest, field, $"At most {longest} characters.")
            .Check(value is null || TextRules.IsClean(value, manyLines), field, "Control characters and other invisible commands are not allowed.");

    /// <summary>Every text and name inside a JSON value, by its path: half characters and invisible commands are found before anything reads them.</summary>
    public FieldErrors Texts(JsonElement? json, string field)
    {
        switch (json)
        {
            case { ValueKind: JsonValueKind.String } text:
                return Check(TextRules.IsClean(text, manyLines: true), field, "Control characters and other invisible commands are not allowed.");
            case { ValueKind: JsonValueKind.Array } list:
                for (var i = 0; i < list.GetArrayLength(); i++)
                {
                    Texts(list[i], $"{field}[{i}]");
                }

                return this;
            case { ValueKind: JsonValueKind.Object } fields:
                foreach (var inner in fields.EnumerateObject())
                {
                    var isClean = TextRules.TryName(inner, out var name) && TextRules.IsClean(name);
                    Check(isClean, field, "The name of a field inside holds characters that are not allowed.");
                    Texts(inner.Value, isClean ? $"{field}.{name}" : field);
                }

                return this;
            default:
                return this;
        }
    }

    public FieldErrors Add(IReadOnlyDictionary<string, string[]> errors)
    {
        foreach (var (field, messages) in errors)
        {
            foreach (var message in messages)
            {
                Check(false, field, message);
            }
        }

        return this;
    }

    public Problem ToProblem() => new(400, "validation", "Some of what was sent is not right.", _errors.ToDictionary(e => e.Key, e => e.Value.ToArray()));
}

/// <summary>Thrown by binders of single values (a cursor, a limit), where no result can be returned.</summary>
public sealed class FieldException(string name, string message) : Exception(message)
{
    public string Field => name;
}
