namespace GroupTherapy.Structure.Tests;

/// <summary>Bounds that keep the sources readable.</summary>
public sealed class SizeTests
{
    private const int MaxFileLines = 350;
    private const int MaxLineLength = 160;
    private const int MaxReadmeLines = 120;
    private const int MaxCommentLines = 3;

    [Fact]
    public void No_source_file_is_longer_than_350_lines() => Assert.Empty(TooLong(Sources(), MaxFileLines));

    [Fact]
    public void No_code_line_is_longer_than_160_characters() =>
        Assert.Empty(
            Sources()
                .SelectMany(f => File.ReadLines(f).Select((line, n) => (File: f, Line: line, Number: n + 1)))
                .Where(l => l.Line.Length > MaxLineLength)
                .Select(l => $"{Relative(l.File)}:{l.Number}")
        );

    /// <summary>Statements and declarations: no blank lines, comments, usings, and lines that hold a brace alone.</summary>
    [Fact]
    public void Platform_has_at_most_1800_lines_of_code() => Assert.InRange(CodeLines("services/Platform/"), 1, 1800);

    [Fact]
    public void Room_without_its_media_has_at_most_6500_lines_of_code() =>
        Assert.InRange(CodeLines("services/Room/") - CodeLines("services/Room/Media/"), 1, 6500);

    [Fact]
    public void No_README_is_longer_than_120_lines() => Assert.Empty(TooLong(Files("README.md"), MaxReadmeLines));

    [Fact]
    public void No_comment_in_the_code_is_longer_than_three_lines() =>
        Assert.Empty(
            Sources()
                .Select(f => (File: f, Longest: LongestComment(File.ReadLines(f))))
                .Where(f => f.Longest > MaxCommentLines)
                .Select(f => $"{Relative(f.File)}: {f.Longest}")
        );

    private static int CodeLines(string folder) =>
        Sources().Where(f => Relative(f).StartsWith(folder, StringComparison.Ordinal)).Sum(f => File.ReadLines(f).Count(IsCode));

    // Lines that hold more than brackets.
    private static bool IsCode(string line) =>
        line.Trim() is var text
        && text.Any(char.IsAsciiLetterOrDigit)
        && !text.StartsWith("//", StringComparison.Ordinal)
        && !text.StartsWith("using ", StringComparison.Ordinal)
        && !text.StartsWith("namespace ", StringComparison.Ordinal);

    private static IEnumerable<string> TooLong(IEnumerable<string> files, int most) =>
        files.Select(f => (File: f, Lines: File.ReadLines(f).Count())).Where(f => f.Lines > most).Select(f => $"{Relative(f.File)}: {f.Lines}");

    private static int LongestComment(IEnumerable<string> lines)
    {
        var (longest, current) = (0, 0);
        foreach (var line in lines)
        {
            current = line.TrimStart() is ['/', '/', not '/', ..] ? current + 1 : 0;
            longest = Math.Max(longest, current);
        }

        return longest;
    }

    private static IEnumerable<string> Sources() => Files("*.cs");

    private static IEnumerable<string> Files(string pattern) =>
        new[] { "services", "gateway", "deploy", "tests" }
            .SelectMany(top => Directory.EnumerateFiles(Path.Combine(Root, top), pattern, SearchOption.AllDirectories))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/node_modules/", StringComparison.Ordinal));

    private static string Relative(string file) => Path.GetRelativePath(Root, file);

    internal static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "GroupTherapy.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
        }

        return folder;
    }
}
