namespace GroupTherapy.Host.Processes;

/// <summary>The end of a log file, for a failure's message.</summary>
public static class LogTail
{
    private const int Window = 8 * 1024;

    /// <summary>The last <paramref name="lines"/> lines among the file's last 8 KiB; empty when there is no file.</summary>
    public static string Of(string file, int lines = 12)
    {
        if (!File.Exists(file))
        {
            return "";
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(Math.Max(0, stream.Length - Window), SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        return string.Join('\n', reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines));
    }
}
