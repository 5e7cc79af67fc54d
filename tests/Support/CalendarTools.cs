using System.Diagnostics;
using System.Text.Json.Nodes;

namespace GroupTherapy.Tests.Support;

/// <summary>Calendar programs of others, from npm: parsers that read what we write, and a library that computes the same series.</summary>
public static class CalendarTools
{
    private static readonly Lazy<Task<string>> Folder = new(InstallAsync);

    /// <summary>Runs <c>read.mjs</c> or <c>occurrences.mjs</c> of <c>tests/tools/calendar</c> on a text.</summary>
    public static async Task<JsonObject> RunAsync(string program, string input)
    {
        using var node = Process.Start(
            new ProcessStartInfo("node", [Path.Combine(await Folder.Value, program)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["TZ"] = "UTC" },
            }
        )!;
        var (said, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        await node.WaitForExitAsync();
        return node.ExitCode == 0 ? JsonNode.Parse(await said)!.AsObject() : throw new InvalidOperationException(await errors);
    }

    // Installed once per machine and lock file, beside the build output.
    private static async Task<string> InstallAsync()
    {
        var source = Path.Combine(Root(), "tests", "tools", "calendar");
        var target = Path.Combine(Root(), "artifacts", "calendar-tools");
        var (wanted, mark) = (await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json")), Path.Combine(target, "installed-lock.json"));
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)), true);
        }

        if (!File.Exists(mark) || await File.ReadAllTextAsync(mark) != wanted)
        {
            using var npm = Process.Start(
                new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                {
                    WorkingDirectory = target,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
            var (said, errors) = (npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync());
            await npm.WaitForExitAsync();
            if (npm.ExitCode != 0)
            {
                throw new InvalidOperationException($"npm ci failed: {await said}{await errors}");
            }

            await File.WriteAllTextAsync(mark, wanted);
        }

        return target;
    }

    /// <summary>The checkout: the folder above the build output that holds the solution.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GroupTherapy.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The sources are not above the build output.");
        }

        return folder.FullName;
    }
}
