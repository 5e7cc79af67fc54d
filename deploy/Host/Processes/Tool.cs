using System.Diagnostics;
using System.Text;

namespace GroupTherapy.Host.Processes;

/// <summary>Runs a short command to its end.</summary>
internal static class Tool
{
    public static async Task RunAsync(IReadOnlyList<string> command, CancellationToken ct)
    {
        var (code, output) = await CaptureAsync(command, ct);
        if (code != 0)
        {
            throw new HostException($"`{string.Join(' ', command)}` ended with code {code}.", output.Trim());
        }
    }

    public static async Task<bool> SucceedsAsync(IReadOnlyList<string> command, CancellationToken ct) => (await CaptureAsync(command, ct)).Code == 0;

    /// <summary>Exit code and everything printed, errors included.</summary>
    /// <param name="adjust">Last changes before it starts, such as its environment.</param>
    /// <param name="onLine">Receives each line of the standard output as it comes.</param>
    public static async Task<(int Code, string Output)> CaptureAsync(
        IReadOnlyList<string> command,
        CancellationToken ct,
        Action<ProcessStartInfo>? adjust = null,
        Action<string>? onLine = null
    )
    {
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        adjust?.Invoke(start);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} could not be started.");
        process.StandardInput.Close();
        var output = ReadAsync(process.StandardOutput, onLine, ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }

    private static async Task<string> ReadAsync(StreamReader reader, Action<string>? onLine, CancellationToken ct)
    {
        var all = new StringBuilder();
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            onLine?.Invoke(line);
            all.Append(line).Append('\n');
        }

        return all.ToString();
    }
}
