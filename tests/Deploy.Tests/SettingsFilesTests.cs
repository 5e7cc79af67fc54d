using System.Text.Json.Nodes;
using GroupTherapy.Host;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Commands;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>What an operator set stays set.</summary>
public sealed class SettingsFilesTests
{
    private readonly DataFolder folder;

    public SettingsFilesTests()
    {
        // Closed to the users of services: none has to be made here.
        var closed = Engines.Folder("settings");
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        folder = new DataFolder(Path.Combine(closed, ".run"));
        folder.Create();
    }

    [Fact]
    public async Task What_was_edited_in_a_generated_file_stays_through_every_later_start()
    {
        await WriteAsync("""{"Service":{"Name":"room"},"Times":{"SeatHold":900,"Offer":43200},"Media":{"Nodes":["a"]},"Old":1}""");
        var edited = (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(folder.SettingsOf("room-1")))!;
        edited["Times"]!["SeatHold"] = 600;
        edited["Telemetry"] = new JsonObject { ["Otlp"] = "http://127.0.0.1:4317" };
        edited.Remove("Old");
        await File.WriteAllTextAsync(folder.SettingsOf("room-1"), edited.ToJsonString());

        for (var start = 0; start < 2; start++)
        {
            var settings = await WriteAsync("""{"Service":{"Name":"room"},"Times":{"SeatHold":900,"Offer":50000},"Media":{"Nodes":["a","b"]},"Old":1}""");
            Assert.Equal((600, 50000), ((int)settings["Times"]!["SeatHold"]!, (int)settings["Times"]!["Offer"]!));
            Assert.Equal(2, settings["Media"]!["Nodes"]!.AsArray().Count);
            Assert.Equal("http://127.0.0.1:4317", (string)settings["Telemetry"]!["Otlp"]!);
            Assert.False(settings.ContainsKey("Old"));
        }
    }

    [Fact]
    public async Task Own_settings_count_for_all_for_a_service_and_for_one_process_in_this_order()
    {
        await File.WriteAllTextAsync(folder.OwnSettingsOf("all"), """{"A":"all","B":"all","C":"all"}""");
        await File.WriteAllTextAsync(folder.OwnSettingsOf("room"), """{"B":"room","C":"room"}""");
        await File.WriteAllTextAsync(folder.OwnSettingsOf("room-1"), """{"C":"one"}""");
        var settings = await WriteAsync("""{"A":"made","B":"made","C":"made","D":"made"}""");
        Assert.Equal(("all", "room", "one", "made"), ((string)settings["A"]!, (string)settings["B"]!, (string)settings["C"]!, (string)settings["D"]!));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.SettingsOf("room-1")));
    }

    [Fact]
    public async Task A_file_that_is_no_JSON_is_named_and_not_replaced()
    {
        await File.WriteAllTextAsync(folder.OwnSettingsOf("room"), "{ half");
        var refused = await Assert.ThrowsAsync<HostException>(() => WriteAsync("{}"));
        Assert.Contains(folder.OwnSettingsOf("room"), refused.What, StringComparison.Ordinal);
        Assert.Equal("{ half", await File.ReadAllTextAsync(folder.OwnSettingsOf("room")));
    }

    [Fact]
    public async Task A_public_deployment_starts_as_last_time_and_never_by_mistake_as_a_demonstration()
    {
        var last = ((Up)Arguments.Parse(["up", "--public", "https://groups.example.org", "--trusted-proxy", "127.0.0.1", "--port", "9000"])).Options;
        await JsonFileAsync(last);
        Assert.Equal(last, UpCommand.Remembered(Parse("up"), folder, new Progress(TextWriter.Null, TimeProvider.System)).Options);
        Assert.Throws<HostException>(() => UpCommand.Remembered(Parse("up", "--port", "9001"), folder, new Progress(TextWriter.Null, TimeProvider.System)));
        var local = Parse("up", "--port", "9001", "--no-demo");
        Assert.Equal(local, UpCommand.Remembered(local, folder, new Progress(TextWriter.Null, TimeProvider.System)));
        var other = Parse("up", "--public", "https://other.example.org", "--trusted-proxy", "127.0.0.1");
        Assert.Equal(other, UpCommand.Remembered(other, folder, new Progress(TextWriter.Null, TimeProvider.System)));

        static Up Parse(params string[] words) => (Up)Arguments.Parse(words);
    }

    private Task JsonFileAsync(RunOptions options) =>
        JsonFile.WriteAsync(
            folder.HostFile,
            new HostState
            {
                Host = ProcessRef.Of(Environment.ProcessId)!,
                Phase = Phase.Stopped,
                Options = options,
            },
            CancellationToken.None
        );

    private async Task<JsonObject> WriteAsync(string generated)
    {
        await new SettingsFiles(folder).WriteAsync("room-1", "room", generated, CancellationToken.None);
        return (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(folder.SettingsOf("room-1")))!;
    }
}
