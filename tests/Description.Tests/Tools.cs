using System.Diagnostics;

[assembly: AssemblyFixture(typeof(GroupTherapy.Description.Tests.Tools))]

namespace GroupTherapy.Description.Tests;

/// <summary>The npm tools that people use on the document, installed from <c>client/package-lock.json</c> beside the build output.</summary>
public sealed class Tools : IAsyncLifetime
{
    /// <summary>Where the tools, the document and what is made from it lie.</summary>
    public string Folder { get; } = Path.Combine(Described.Root, "artifacts", "description-client");

    /// <summary>Why the tools cannot run on this machine; null where they can.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Missing = await NodeIsMissingAsync();
        if (Missing is not null)
        {
            return;
        }

        Directory.CreateDirectory(Folder);
        var source = Path.Combine(Described.Root, "tests", "Description.Tests", "client");
        var fresh =
            new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json")) is { Exists: true }
            && await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json")) is { } wanted
            && File.Exists(Path.Combine(Folder, "installed-lock.json"))
            && await File.ReadAllTextAsync(Path.Combine(Folder, "installed-lock.json")) == wanted;
        foreach (var file in Directory.EnumerateFiles(source))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), true);
        }

        if (!fresh)
        {
            var (code, said) = await RunAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
            Assert.True(code == 0, $"npm ci failed: {said}");
            File.Copy(Path.Combine(source, "package-lock.json"), Path.Combine(Folder, "installed-lock.json"), true);
        }

        await Described.FileAsync(Folder);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static async Task<string?> NodeIsMissingAsync()
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", "--version") { RedirectStandardOutput = true })!;
            var said = (await node.StandardOutput.ReadToEndAsync()).Trim();
            return Version.TryParse(said.TrimStart('v'), out var version) && version >= new Version(20, 19)
                ? null
                : $"Node.js 20.19 is needed; this is {said}.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "Node.js 20.19 is needed; there is none.";
        }
    }

    /// <summary>Runs a program in <see cref="Folder"/>.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["CI"] = "true",
                    ["NO_COLOR"] = "1",
                    ["REDOCLY_TELEMETRY"] = "off",
                    ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true",
                },
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    /// <summary>Runs one of the installed tools.</summary>
    public Task<(int ExitCode, string Output)> ToolAsync(string name, params string[] arguments) =>
        RunAsync("node", [Path.Combine("node_modules", ".bin", name), .. arguments]);
}
