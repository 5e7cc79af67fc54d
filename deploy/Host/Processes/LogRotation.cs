namespace GroupTherapy.Host.Processes;

/// <summary>
/// Keeps logs from filling the disk. Processes hold their log open for appending, also while no host runs, so the file stays and is emptied
/// after a copy; a line written between the two is lost, which a log may bear.
/// </summary>
public static class LogRotation
{
    public const long Limit = 10 * 1024 * 1024;

    /// <summary>Every log in the folder that has grown past <paramref name="limit"/> bytes moves to <c>.1</c>, replacing the one before.</summary>
    public static void Rotate(string folder, long limit = Limit)
    {
        foreach (var log in new DirectoryInfo(folder).EnumerateFiles("*.log").Where(file => file.Length > limit))
        {
            log.CopyTo(log.FullName + ".1", overwrite: true);
            using var stream = new FileStream(log.FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            stream.SetLength(0);
        }
    }
}
