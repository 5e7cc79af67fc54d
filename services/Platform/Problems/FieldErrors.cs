namespace GroupTherapy.Platform.Problems;

/// <summary>Collects every fault of a request, so that a client is told all at once.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, List<string>> _errors = [];

    public bool Any => _errors.Count > 0;

    public FieldErrors Check(bool holds, string field, string message)
    {
        if (!holds)
        {
            (_errors.TryGetValue(field, out var list) ? list : _errors[field] = []).Add(message);
        }

        return this;
    }

    /// <summary>One line of 1 to <paramref name="longest"/> characters, not only white space.</summary>
    public FieldErrors Text(string? value, string field, int longest) =>
        Check(!string.IsNullOrWhiteSpace(value), field, "This is needed.").OptionalText(value, field, longest);

    /// <summary>At most <paramref name="longest"/> characters where there is a text at all.</summary>
    /// <param name="manyLines">Line feeds and tabs are allowed.</param>
    public FieldErrors OptionalText(string? value, string field, int longest, bool manyLines = false) =>
        Check(value is null || TextRules.Length(value) <= longest, field, $"At most {longest} characters.")
            .Check(value is null || TextRules.IsClean(value, manyLines), field, "Control characters and other invisible commands are not allowed.");

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
