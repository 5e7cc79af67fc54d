using System.Diagnostics;

namespace GroupTherapy.Host.Processes;

/// <summary>The users that engines run as. Started by root they drop to the user of their Debian package; otherwise everything runs as the caller.</summary>
public static class SystemUser
{
    public static bool CallerIsRoot { get; } = Environment.IsPrivilegedProcess;

    /// <summary>The command that runs <paramref name="command"/> as <paramref name="user"/>, without a shell or a login in between.</summary>
    public static IEnumerable<string> As(string user, IEnumerable<string> command) =>
        ["/usr/bin/setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", .. command];

    /// <summary>Makes a folder that only the engine's user may read (mode 0700), and says plainly when that user cannot get there.</summary>
    public static async Task<string> PrivateFolderAsync(string path, string user, CancellationToken ct)
    {
        if (!CallerIsRoot)
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return path;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await Tool.RunAsync(["/usr/bin/install", "-d", "-o", user, "-g", user, "-m", "700", path], ct);
        for (var folder = new DirectoryInfo(path).Parent; folder is not null; folder = folder.Parent)
        {
            if (!await Tool.SucceedsAsync([.. As(user, ["/usr/bin/test", "-x", folder.FullName])], ct))
            {
                throw new HostException(
                    $"The data folder {path} cannot be reached by the system user '{user}', which runs this engine: {folder.FullName} lets no other user pass.",
                    $"Choose another place with --data DIR (for example --data /var/lib/grouptherapy), or allow passage with: chmod o+x {folder.FullName}");
            }
        }

        return path;
    }

    /// <summary>Writes a file that only the engine's user may read (mode 0600), replacing it in one step.</summary>
    public static async Task WritePrivateAsync(string path, string text, string? user, CancellationToken ct)
    {
        var next = path + ".new";
        File.Delete(next);
        await using (var stream = new FileStream(next, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        await using (var writer = new StreamWriter(stream))
        {
            await writer.WriteAsync(text.AsMemory(), ct);
        }

        if (user is not null && CallerIsRoot)
        {
            await Tool.RunAsync(["/usr/bin/chown", $"{user}:{user}", next], ct);
        }

        File.Move(next, path, overwrite: true);
    }
}

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
    public static async Task<(int Code, string Output)> CaptureAsync(IReadOnlyList<string> command, CancellationToken ct)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/" };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} could not be started.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
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
}
