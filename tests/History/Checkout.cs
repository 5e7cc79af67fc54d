namespace GroupTherapy.History;

/// <summary>The checkout that this program was built in.</summary>
public static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GroupTherapy.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The checkout is not above this program.");
    }
}
