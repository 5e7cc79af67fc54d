namespace GroupTherapy.Host.Processes;

/// <summary>The <c>dotnet</c> that runs this host also runs everything it starts.</summary>
public static class DotnetPath
{
    public static string Value { get; } = Find();

    private static string Find()
    {
        var own = Environment.ProcessPath;
        if (own is not null && Path.GetFileName(own) == "dotnet")
        {
            return own;
        }

        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(':')
                .Prepend(root ?? "/usr/share/dotnet")
                .Select(folder => Path.Combine(folder, "dotnet"))
                .FirstOrDefault(File.Exists)
            ?? "dotnet";
    }
}
