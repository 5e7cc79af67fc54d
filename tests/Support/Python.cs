using System.Diagnostics;
using System.Text;

namespace GroupTherapy.Tests.Support;

/// <summary>The scripts of <c>tests/tools</c>, which lie beside the tests of whoever uses this.</summary>
public static class Python
{
    public static string Tool(string name) => Path.Combine(AppContext.BaseDirectory, "tools", name);

    public static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 })!;

    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
