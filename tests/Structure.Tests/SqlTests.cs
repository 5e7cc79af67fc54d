using System.Text.RegularExpressions;

namespace GroupTherapy.Structure.Tests;

/// <summary>SQL stands in Storage, and a query of one endpoint beside that endpoint: never in consumers, workers or rules.</summary>
public sealed partial class SqlTests
{
    private static readonly string[] Folders = ["Consumers", "Workers", "Domain", "Licensing", "Series", "Hub", "Delivery", "Rendering"];

    [Theory]
    [InlineData("Identity")]
    [InlineData("Enrollment")]
    [InlineData("Scheduling")]
    [InlineData("Room")]
    [InlineData("Notifications")]
    public void Consumers_workers_and_rules_hold_no_SQL(string service) =>
        Assert.Empty(
            Folders
                .Select(folder => Path.Combine(SizeTests.Root, "services", service, folder))
                .Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
                .Where(file => Statement().IsMatch(File.ReadAllText(file)))
                .Select(file => Path.GetRelativePath(SizeTests.Root, file))
        );

    [Theory]
    [InlineData("var x = \"select id from t\";", true)]
    [InlineData("\"\"\"\n    insert into t values (1)\n\"\"\"", true)]
    [InlineData("// select one from the list", false)]
    [InlineData("from a in b select a", false)]
    public void A_statement_is_found(string text, bool found) => Assert.Equal(found, Statement().IsMatch(text));

    /// <summary>Tables with a policy between practices (decision 0032) are read by endpoints in the person's own transaction, where the policy holds.</summary>
    [Fact]
    public void Endpoints_read_protected_tables_in_a_persons_transaction() =>
        Assert.Empty(
            Directory
                .EnumerateFiles(Path.Combine(SizeTests.Root, "services", "Enrollment", "Api"), "*.cs")
                .Where(file => Unscoped().IsMatch(File.ReadAllText(file)))
                .Select(Path.GetFileName)
        );

    [Theory]
    [InlineData("await db.QueryAsync<Row>(\n    \"\"\"\n    select a from decisions where b = @c", true)]
    [InlineData("await db.FirstOrDefaultAsync<Row>($\"select {Columns} from overrides where id = @id\"", true)]
    [InlineData("await db.QueryAsync<Row>(caller, \"select a from decisions\"", false)]
    [InlineData("await db.QueryAsync<Row>(\n    caller,\n    $\"\"\"\n    select a from intakes", false)]
    public void An_unscoped_read_is_found(string text, bool found) => Assert.Equal(found, Unscoped().IsMatch(text));

    [GeneratedRegex("db\\.(Query|FirstOrDefault)Async<[^>]+>\\(\\s*(?!caller)\\$?\"+[^\"]*?(from|join) (decisions|intakes|overrides)\\b")]
    private static partial Regex Unscoped();

    [GeneratedRegex("(\"\"\"\\s*|\")(with \\w+ as \\(|select \\S+[^\"]*? from |insert into |update \\w+ set |delete from |lock table )")]
    private static partial Regex Statement();
}
