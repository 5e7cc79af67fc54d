using System.Runtime.CompilerServices;
using System.Text.Json;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>The shared cases, read from beside this file so that nothing has to be copied to the output.</summary>
internal static class CaseFile
{
    public static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;

    public static IEnumerable<JsonElement> Cases(string file = "cases.jsonl") =>
        File.ReadLines(Path.Combine(Folder(), file)).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);
}
