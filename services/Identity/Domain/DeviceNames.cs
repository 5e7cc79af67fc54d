namespace GroupTherapy.Identity.Domain;

/// <summary>The name by which a person recognises a device in the list of sign-ins: browser and system, nothing finer.</summary>
public static class DeviceNames
{
    // In this order: Edge and Opera call themselves Chrome too, Chrome calls itself Safari, Android calls itself Linux.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    /// <returns>Empty for a program that does not say what it is.</returns>
    public static string Of(string? userAgent)
    {
        string Find((string Mark, string Name)[] list) =>
            list.FirstOrDefault(known => userAgent?.Contains(known.Mark, StringComparison.Ordinal) == true).Name ?? "";
        return (Find(Browsers), Find(Systems)) switch
        {
            ("", var system) => system,
            (var browser, "") => browser,
            var (browser, system) => $"{browser}, {system}",
        };
    }
}
