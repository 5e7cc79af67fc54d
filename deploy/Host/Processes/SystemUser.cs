namespace GroupTherapy.Host.Processes;

/// <summary>
/// The users that processes run as. Started by root, engines drop to the user of their Debian package and our programs to users of their own;
/// otherwise everything runs as the caller.
/// </summary>
public static class SystemUser
{
    public static bool CallerIsRoot { get; } = Environment.IsPrivilegedProcess;

    /// <summary>The command that runs <paramref name="command"/> as <paramref name="user"/>, without a shell or a login in between.</summary>
    public static IEnumerable<string> As(string user, IEnumerable<string> command) =>
        ["/usr/bin/setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", .. command];

    /// <summary>The same for good: nothing it starts can gain rights, and it has no capability but the one for ports below 1024 if it needs that.</summary>
    /// <param name="user">Null runs as the caller.</param>
    public static IEnumerable<string> Confined(string? user, bool lowPort, IEnumerable<string> command)
    {
        if (user is null || !CallerIsRoot)
        {
            return ["/usr/bin/setpriv", "--no-new-privs", .. command];
        }

        var capabilities = lowPort ? "-all,+net_bind_service" : "-all";
        return
        [
            "/usr/bin/setpriv",
            $"--reuid={user}",
            $"--regid={user}",
            "--clear-groups",
            "--no-new-privs",
            $"--inh-caps={capabilities}",
            $"--ambient-caps={capabilities}",
            $"--bounding-set={capabilities}",
            .. command,
        ];
    }

    /// <summary>Gives what is there to the user, if the caller is root.</summary>
    public static async Task GiveAsync(string path, string? user, CancellationToken ct)
    {
        if (user is not null && CallerIsRoot)
        {
            await Tool.RunAsync(["/usr/bin/chown", "-R", "--no-dereference", $"{user}:{user}", path], ct);
        }
    }

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
        // From the outside in: the first closed door is the one to report of.
        foreach (var folder in Above(new DirectoryInfo(path)).Reverse())
        {
            if (!await Tool.SucceedsAsync([.. As(user, ["/usr/bin/test", "-x", folder])], ct))
            {
                throw new HostException(
                    $"The data folder {path} cannot be reached by the system user '{user}', which runs this engine: {folder} lets no other user pass.",
                    $"Choose another place with --data DIR (for example --data /var/lib/grouptherapy), or allow passage with: chmod o+x {folder}"
                );
            }
        }

        return path;
    }

    /// <summary>Writes a file that only the engine's user may read (mode 0600), replacing it in one step.</summary>
    public static async Task WritePrivateAsync(string path, string text, string? user, CancellationToken ct)
    {
        var next = path + ".new";
        File.Delete(next);
        await using (
            var stream = new FileStream(
                next,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
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

    private static IEnumerable<string> Above(DirectoryInfo folder)
    {
        for (var parent = folder.Parent; parent is not null; parent = parent.Parent)
        {
            yield return parent.FullName;
        }
    }
}
