using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Audit;

/// <summary>The exported record is held against its anchors by a judge that shares no code with it.</summary>
public sealed class AuditExportTests : IAsyncLifetime
{
    private readonly string _folder = Engines.Folder("audit");
    private ToyDatabase _database = null!;
    private InProcess _service = null!;

    private string AnchorsThen => Path.Combine(_folder, "anchors-then.jsonl");

    private string Anchors => Path.Combine(_folder, "anchors", "alpha.jsonl");

    public async ValueTask InitializeAsync()
    {
        _database = await ToyDatabase.CreateAsync();
        _service = await InProcess.StartAsync(ToyApp.Service, ToyApp.Build, _database.Runtime, _database.Clock, [new("Audit:AnchorFile", Anchors)]);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task The_export_passes_the_judge_and_a_tampered_one_does_not()
    {
        using var http = _service.As(Guid.CreateVersion7(), "operator");
        for (var n = 0; n < 6; n++)
        {
            Assert.Equal(System.Net.HttpStatusCode.Created, (await http.MakeAsync("toy 😀", null, n)).Status);
        }

        await Eventually.Async(async () => await _database.CountAsync("audit_links") == 6, () => "the entries were not linked");
        await Eventually.Async(
            () =>
            {
                // Another minute each time: an anchor of an older head may have been written in between.
                _database.Clock.Advance(TimeSpan.FromMinutes(1));
                return File.Exists(Anchors) && File.ReadAllText(Anchors).Contains("\"seq\":6", StringComparison.Ordinal);
            },
            () => "the head was not anchored"
        );

        // The export is on record itself, and may be anchored before the judge looks.
        File.Copy(Anchors, AnchorsThen);
        var export = await http.GetStringAsync("/internal/audit/export");

        Assert.Equal(0, await JudgeAsync(export));
        Assert.Equal(
            1,
            await JudgeAsync(export.Replace("\"n\":3", "\"n\":4", StringComparison.Ordinal).Replace("\"count\":3", "\"count\":4", StringComparison.Ordinal))
        );
        Assert.Equal(1, await JudgeAsync(string.Concat(export.SplitLines().Where((_, line) => line != 2))));
        Assert.Equal(1, await JudgeAsync(string.Concat(export.SplitLines().SkipLast(1))));
        Assert.True((bool)(await http.GetFromJsonAsync<JsonNode>("/internal/audit/verify"))!["intact"]!);
    }

    private async Task<int> JudgeAsync(string record)
    {
        var file = Path.Combine(_folder, "record.jsonl");
        await File.WriteAllTextAsync(file, record);
        return (await Python.RunAsync(Python.Tool("check_history.py"), "audit", file, "--anchors", AnchorsThen)).ExitCode;
    }
}

file static class Lines
{
    public static IEnumerable<string> SplitLines(this string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line + "\n");
}
