namespace GroupTherapy.Host;

/// <summary>The checkout that the scripts in <c>deploy/</c> belong to.</summary>
public static class Checkout
{
    /// <summary>Given by the scripts in <c>GT_ROOT</c>; otherwise found upwards from the program, for tests.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("GT_ROOT") is { Length: > 0 } given ? Path.GetFullPath(given) : Search();

    private static string Search()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GroupTherapy.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
