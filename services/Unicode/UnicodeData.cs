using System.Globalization;
using System.Text;

namespace GroupTherapy.Unicode;

/// <summary>Reads the embedded tables of Unicode's data.</summary>
internal static class UnicodeData
{
    /// <summary>Lines of an embedded file, without comments.</summary>
    public static IEnumerable<string> Lines(string file)
    {
        using var stream =
            typeof(UnicodeData).Assembly.GetManifestResourceStream($"GroupTherapy.Unicode.{file}")
            ?? throw new InvalidOperationException($"{file} is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line;
            }
        }
    }

    /// <summary>A text from hexadecimal code points with blanks between them.</summary>
    public static string Text(string codePoints) =>
        string.Concat(codePoints.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(code => new Rune(Number(code)).ToString()));

    public static int Number(string code) => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
