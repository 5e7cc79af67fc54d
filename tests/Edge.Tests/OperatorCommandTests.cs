using System.Diagnostics;
using System.Text.Json.Nodes;

namespace GroupTherapy.Edge.Tests;

/// <summary>What an operator runs on a public deployment while people use it.</summary>
[Collection(nameof(PublicDeployment))]
public sealed class OperatorCommandTests(PublicDeployment deployment)
{
    [Fact]
    public async Task Every_secret_is_replaced_without_ending_a_sign_in()
    {
        await deployment.ReachedByAsync("nginx");
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var member = await Person.NewMemberAsync(deployment, "NY");
        var before = await PidsAsync();
        var passwords = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(deployment.DataFolder, "state", "passwords.json")))!;
        foreach (
            var (name, restarted) in new[]
            {
                ("database/enrollment", "enrollment-1"),
                ("bus/scheduling", "rabbitmq scheduling-1"),
                ("redis", "redis room-1"),
                ("gateway-keys", "gateway gateway-2"),
                ("room-key", ""),
            }
        )
        {
            await deployment.CommandAsync("rotate", name);
            var after = await PidsAsync();
            Assert.Equal(restarted, string.Join(' ', after.Where(p => before[p.Key] != p.Value).Select(p => p.Key).Order(StringComparer.Ordinal)));
            before = after;
            // The same sign-ins, without a new one.
            await Eventually.Async(
                async () =>
                    (await member.RawAsync(HttpMethod.Get, "/api/me/profile")).IsSuccessStatusCode
                    && (await operators.RawAsync(HttpMethod.Get, "/api/groups")).IsSuccessStatusCode,
                () => $"after rotating {name} nobody is served"
            );
        }

        var now = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(deployment.DataFolder, "state", "passwords.json")))!;
        Assert.NotEqual((string)passwords["db/enrollment"]!, (string)now["db/enrollment"]!);
        Assert.Equal((string)passwords["db/room"]!, (string)now["db/room"]!);
    }

    [Fact]
    public async Task What_is_missing_is_said_in_sentences_and_as_JSON()
    {
        await deployment.ReachedByAsync("nginx");
        var start = new ProcessStartInfo(Path.Combine(Deployment.Root, "deploy", "check"), ["--json", "--data", deployment.DataFolder]);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var told = JsonNode.Parse(await process.StandardOutput.ReadToEndAsync())!;
        await process.WaitForExitAsync();
        Assert.Equal((1, false), (process.ExitCode, (bool)told["ok"]!));
        var standing = told["findings"]!.AsArray().ToLookup(f => (string)f!["check"]!, f => (string)f!["standing"]!);
        // The name of the test resolves nowhere; it is a demonstration; nobody backs it up.
        foreach (var check in (string[])["public-address", "mail", "backup", "demonstration", "demo-accounts", "second-factor"])
        {
            Assert.Contains("missing", standing[check]);
        }

        Assert.All(new[] { "processes", "postgres", "rule-set", "consents", "secret-files" }, check => Assert.Contains("ok", standing[check]));
    }

    private async Task<Dictionary<string, int>> PidsAsync() =>
        (await deployment.StatusAsync())["processes"]!
            .AsArray()
            .ToDictionary(
                p => (string)p!["kind"]! == "service" || (int)p["instance"]! > 1 ? $"{p["name"]}-{p["instance"]}" : (string)p["name"]!,
                p => (int)p!["pid"]!
            );
}
