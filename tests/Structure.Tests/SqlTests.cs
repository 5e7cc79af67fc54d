using System.Text.RegularExpressions;

namespace GroupTherapy.Structure.Tests;

/// <summary>SQL stands in Storage, and a query of one endpoint beside that endpoint: never in consumers, workers or rules.</summary>
public sealed partial class SqlTests
{
    private static readonly string[] Folders = ["Consumers", "Workers", "Domain", "Licensing", "Series", "Hub", "Delivery", "Sockets", "Rendering"];

    [Theory]
    [InlineData("Enrollment")]
    [InlineData("Scheduling")]
    [InlineData("Room")]
    [InlineData("Notifications")]
    public void Consumers_workers_and_rules_hold_no_SQL(string service) => Assert.Empty(Folders
        .Select(folder => Path.Combine(SizeTests.Root, "services", service, folder)).Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        .Where(file => Statement().IsMatch(File.ReadAllText(file))).Select(file => Path.GetRelativePath(SizeTests.Root, file)));

    [Theory]
    [InlineData("var x = \"select id from t\";", true)]
    [InlineData("\"\"\"\n    insert into t values (1)\n\"\"\"", true)]
    [InlineData("// select one from the list", false)]
    [InlineData("from a in b select a", false)]
    public void A_statement_is_found(string text, bool found) => Assert.Equal(found, Statement().IsMatch(text));

    [GeneratedRegex("(\"\"\"\\s*|\")(with \\w+ as \\(|select \\S+[^\"]*? from |insert into |update \\w+ set |delete from |lock table )")]
    private static partial Regex Statement();
}
