using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Storage;

/// <summary>The columns of a table and where their values come from: from this one list every statement about its rows is made.</summary>
internal sealed class ColumnMap<T>
{
    private readonly List<(string Name, string ArrayType, Func<IReadOnlyList<T>, object> Values)> _columns = [];

    /// <summary>In the order of the table's record.</summary>
    public string Names { get; private set; } = "";

    /// <param name="arrayType">For PostgreSQL, where values that are all null do not say it: such as <c>uuid[]</c>.</param>
    public ColumnMap<T> With<TValue>(string name, Func<T, TValue> value, string arrayType = "")
    {
        _columns.Add((name, arrayType, rows => rows.Column(value)));
        Names = string.Join(", ", _columns.Select(c => c.Name));
        return this;
    }

    /// <summary>One array parameter for each column.</summary>
    /// <param name="first">Number of the first parameter.</param>
    public string Parameters(int first = 1) =>
        string.Join(", ", _columns.Select((c, n) => $"${n + first}{(c.ArrayType.Length > 0 ? "::" + c.ArrayType : "")}"));

    /// <summary>For <c>update … set</c>: each column from the row <paramref name="source"/>.</summary>
    public string Assignments(string source, params string[] except) =>
        string.Join(", ", _columns.Where(c => !except.Contains(c.Name)).Select(c => $"{c.Name} = {source}.{c.Name}"));

    public object[] ValuesOf(IReadOnlyList<T> rows) => [.. _columns.Select(c => c.Values(rows))];
}
