using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Host.Engines;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>The media servers as <c>deploy/up</c> runs them: closed but for media, unable to record, and no way into the machine.</summary>
public sealed class MediaPromisesTests
{
    [Fact]
    [Trait("hostile", "M01")]
    public async Task Janus_answers_on_loopback_only_and_only_with_its_secrets()
    {
        await using var janus = await MediaEngines.JanusAsync();
        var (node, secrets) = (janus.Endpoint, janus.Endpoint.Options.Secrets);
        using var http = new HttpClient();

        Assert.Equal(
            403,
            await CodeAsync(
                http,
                node,
                new
                {
                    janus = "list_sessions",
                    transaction = "t",
                    admin_secret = "guess",
                }
            )
        );
        Assert.Equal(403, await CodeAsync(http, node, new { janus = "list_sessions", transaction = "t" }));
        Assert.Equal(
            0,
            await CodeAsync(
                http,
                node,
                new
                {
                    janus = "list_sessions",
                    transaction = "t",
                    admin_secret = secrets.Admin,
                }
            )
        );
        Assert.All(await ListenersAsync(janus.Process.Pid), address => Assert.StartsWith("127.0.0.1:", address, StringComparison.Ordinal));

        Assert.DoesNotContain(secrets.Api, File.ReadAllText($"/proc/{janus.Process.Pid}/cmdline"), StringComparison.Ordinal);
        Assert.DoesNotContain(secrets.Api, File.ReadAllText($"/proc/{janus.Process.Pid}/environ"), StringComparison.Ordinal);
        Assert.All(
            Directory.GetFiles(node.Options.Place.Data, "*.jcfg"),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file))
        );
    }

    [Fact]
    [Trait("hostile", "M10")]
    public async Task Media_rooms_forwarding_and_recording_need_the_keys()
    {
        await using var janus = await MediaEngines.JanusAsync();
        var node = janus.Endpoint;
        using var http = new HttpClient();
        var key = node.Options.Secrets.Room;

        Assert.Equal(429, await PluginAsync(http, node, new { request = "create", room = "free" }));
        Assert.Equal(
            0,
            await PluginAsync(
                http,
                node,
                new
                {
                    request = "create",
                    room = "r",
                    admin_key = key,
                    secret = "s",
                    record = false,
                    lock_record = true,
                    is_private = true,
                }
            )
        );
        Assert.Equal(
            433,
            await PluginAsync(
                http,
                node,
                new
                {
                    request = "enable_recording",
                    room = "r",
                    record = true,
                    secret = "guess",
                }
            )
        );
        Assert.Contains(
            await PluginAsync(
                http,
                node,
                new
                {
                    request = "rtp_forward",
                    room = "r",
                    secret = "s",
                    publisher_id = "x",
                    host = "192.0.2.1",
                    streams = Array.Empty<int>(),
                }
            ),
            new[] { 429, 433 }
        );
        Assert.Equal(0, await PluginAsync(http, node, new { request = "listparticipants", room = "r" }));
    }

    [Fact]
    [Trait("hostile", "M11")]
    public async Task A_relay_credential_reaches_the_media_nodes_address_and_nothing_else()
    {
        await using var coturn = await MediaEngines.CoturnAsync();
        var (engine, tool) = (coturn.Endpoint, Python.Tool("turnprobe.py"));
        var port = engine.Port.ToString(CultureInfo.InvariantCulture);

        var (code, output) = await Python.RunAsync(tool, port, "--secret", engine.Options.Secret, "--allow", "127.0.0.1");
        Assert.True(code == 0, output);
        Assert.Contains("CreatePermission 127.0.0.1: ALLOWED", output, StringComparison.Ordinal);

        var (denied, told) = await Python.RunAsync(tool, port, "--secret", "guess");
        Assert.True(denied == 2, told);
        Assert.DoesNotContain(engine.Options.Secret, File.ReadAllText($"/proc/{coturn.Process.Pid}/cmdline"), StringComparison.Ordinal);
    }

    private static async Task<int> CodeAsync(HttpClient http, JanusEngine node, object message)
    {
        using var answer = await http.PostAsJsonAsync(node.Admin, message);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return json.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : 0;
    }

    private static async Task<int> PluginAsync(HttpClient http, JanusEngine node, object request)
    {
        using var answer = await http.PostAsJsonAsync(
            node.Admin,
            new
            {
                janus = "message_plugin",
                plugin = "janus.plugin.videoroom",
                transaction = "t",
                admin_secret = node.Options.Secrets.Admin,
                request,
            }
        );
        var response = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("response");
        return response.TryGetProperty("error_code", out var code) ? code.GetInt32() : 0;
    }

    private static async Task<IReadOnlyList<string>> ListenersAsync(int pid)
    {
        using var ss = Process.Start(new ProcessStartInfo("ss", ["-ltnpH"]) { RedirectStandardOutput = true })!;
        var lines = (await ss.StandardOutput.ReadToEndAsync()).Split('\n');
        return [.. lines.Where(l => l.Contains($"pid={pid},", StringComparison.Ordinal)).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3])];
    }
}
