using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Tests.Support;

/// <summary>People who send and receive real media without a browser: a Node program that does WebRTC, told what to do line by line.</summary>
public sealed class MediaPeers : IAsyncDisposable
{
    private static readonly Lazy<Task<string>> Folder = new(InstallAsync);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _answers = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Process _process;
    private readonly Task _reading;
    private int _ids;

    private MediaPeers(Process process) => (_process, _reading) = (process, ReadAsync(process));

    /// <summary>The process that all of them are in.</summary>
    public int Pid => _process.Id;

    /// <param name="program">Another of the programs in <c>tools/media-peer</c>.</param>
    public static async Task<MediaPeers> StartAsync(string program = "peer")
    {
        var start = new ProcessStartInfo("node", [Path.Combine(await Folder.Value, $"{program}.mjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new MediaPeers(Process.Start(start)!);
    }

    public async Task<JsonElement> DoAsync(string what, object arguments, TimeSpan? within = null)
    {
        var command = (JsonObject)JsonSerializer.SerializeToNode(arguments, JsonSerializerOptions.Web)!;
        var (id, answer) = (Interlocked.Increment(ref _ids), new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously));
        _answers[id] = answer;
        (command["id"], command["do"]) = (id, what);
        await _writing.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(command.ToJsonString());
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }

        var told = await answer.Task.WaitAsync(within ?? TimeSpan.FromSeconds(30));
        return told.TryGetProperty("error", out var error) ? throw new InvalidOperationException(error.GetString()) : told;
    }

    public async ValueTask DisposeAsync()
    {
        // It ends with its input.
        _process.StandardInput.Close();
        await _reading;
        await _process.WaitForExitAsync();
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (_answers.TryRemove(json.RootElement.GetProperty("id").GetInt32(), out var answer))
            {
                answer.TrySetResult(json.RootElement.Clone());
            }
        }

        foreach (var answer in _answers.Values)
        {
            answer.TrySetException(new InvalidOperationException("The media peers have ended."));
        }
    }

    // Once per checkout and version of the program.
    private static async Task<string> InstallAsync()
    {
        var source = Path.Combine(AppContext.BaseDirectory, "tools", "media-peer");
        var folder = Path.Combine(Path.GetTempPath(), "grouptherapy-media-peer-0.24.4-2");
        Directory.CreateDirectory(folder);
        await using (var alone = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            await Eventually.Async(() => TryLock(alone), () => "another run installs the media peers", TimeSpan.FromMinutes(3));
            File.Copy(Path.Combine(source, "package.json"), Path.Combine(folder, "package.json"), overwrite: true);
            if (!Directory.Exists(Path.Combine(folder, "node_modules", "ws")))
            {
                var start = new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--silent"]) { WorkingDirectory = folder };
                using var npm = Process.Start(start)!;
                await npm.WaitForExitAsync();
                if (npm.ExitCode != 0)
                {
                    throw new InvalidOperationException("npm install of the media peers failed.");
                }
            }

            // Beside the packages, and in a folder of this process: another checkout's run has other programs.
            var programs = Directory.CreateDirectory(Path.Combine(folder, $"run-{Environment.ProcessId}")).FullName;
            foreach (var program in Directory.GetFiles(source, "*.mjs"))
            {
                File.Copy(program, Path.Combine(programs, Path.GetFileName(program)), overwrite: true);
            }

            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(programs, recursive: true);
            return programs;
        }
    }

    private static bool TryLock(FileStream file)
    {
        try
        {
            file.Lock(0, 1);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
