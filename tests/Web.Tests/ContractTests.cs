using System.Diagnostics;

namespace GroupTherapy.Web.Tests;

/// <summary>The client in the tree fits the API that is served, and its own checks pass.</summary>
[Collection(nameof(Browsing))]
public sealed class ContractTests(Browsing browsing)
{
    // The sources that deploy/up has built, with their packages.
    private static readonly string Sources = Path.Combine(Deployment.Root, "artifacts", "run", "web");

    [Fact]
    public async Task The_types_in_the_tree_are_those_of_the_served_description()
    {
        using var http = browsing.Deployment.Anonymous();
        var folder = Directory.CreateTempSubdirectory("gt-web-types-").FullName;
        var description = Path.Combine(folder, "openapi.json");
        await File.WriteAllTextAsync(description, await http.GetStringAsync("/openapi/v1.json"));
        await RunAsync("node", "scripts/api.mjs", description, Path.Combine(folder, "schema.d.ts"));

        Assert.True(
            await File.ReadAllTextAsync(Path.Combine(folder, "schema.d.ts"))
                == await File.ReadAllTextAsync(Path.Combine(Deployment.Root, "gateway", "web", "src", "api", "schema.d.ts")),
            "The API has changed: `npm run api` in gateway/web writes its types anew (gateway/web/README.md says how)."
        );
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public Task Types_fit_and_the_unit_tests_pass() => RunAsync("npm", "run", "check");

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(
            new ProcessStartInfo("/usr/bin/env", command)
            {
                WorkingDirectory = Sources,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)} ended with {process.ExitCode}:\n{await output}\n{await error}");
    }
}
