using System.Xml.Linq;
using GroupTherapy.Host;
using GroupTherapy.Host.Commands;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>How <c>deploy/test</c> chooses and counts.</summary>
public sealed class TallyTests
{
    [Fact]
    public void The_format_check_names_each_file_once()
    {
        const string output = "/c/a/B.cs(3,1): error WHITESPACE: Fix.\n/c/a/B.cs(4,1): error WHITESPACE: Fix.\n/c/A.cs(1,2): error WHITESPACE: Fix.\n";
        Assert.Equal(["A.cs", "a/B.cs"], TestCommand.UnformattedFiles(output, "/c"));
        Assert.Equal(["It broke."], TestCommand.UnformattedFiles("It broke.", "/c"));
    }

    [Fact]
    public void Passed_failed_and_skipped_are_counted_from_the_results_and_failures_are_told()
    {
        var results = XDocument.Parse(
            """
            <assemblies><assembly><collection>
              <test name="A" result="Pass" />
              <test name="B" result="Pass" />
              <test name="C" result="Skip" />
              <test name="D" result="Fail"><failure><message>two is not three</message><stack-trace>at D</stack-trace></failure></test>
            </collection>
            <errors><error type="test-class-cleanup" name="E"><failure><message>not cleaned up</message></failure></error></errors></assembly></assemblies>
            """
        );

        var (tally, failures) = TestCommand.Read(results);

        Assert.Equal("2 passed, 2 failed, 1 skipped", tally.ToString());
        Assert.Equal(2, failures.Count);
        Assert.Contains("FAILED D\ntwo is not three\nat D", failures[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_chooses_the_projects_that_contain_it()
    {
        var root = Checkout("Room.Tests", "Gateway.Tests", "Support");

        Assert.Equal(["Gateway.Tests", "Room.Tests"], TestCommand.Projects(root, null).Select(Path.GetFileNameWithoutExtension));
        Assert.Equal(["Room.Tests"], TestCommand.Projects(root, "room").Select(Path.GetFileNameWithoutExtension));
        Assert.Empty(TestCommand.Projects(root, "nothing"));
    }

    [Fact]
    public async Task A_name_that_no_project_has_is_an_error()
    {
        var root = Checkout("Room.Tests");

        var failure = await Assert.ThrowsAsync<HostException>(() =>
            TestCommand.RunAsync(new Host.Cli.Test("NoSuchProject", []), root, new Progress(TextWriter.Null, TimeProvider.System))
        );

        Assert.Contains("No test project's name contains 'NoSuchProject'", failure.What, StringComparison.Ordinal);
        Assert.Contains("Room.Tests", failure.Todo, StringComparison.Ordinal);
    }

    private static string Checkout(params string[] projects)
    {
        var root = Engines.Folder("checkout");
        foreach (var name in projects)
        {
            Directory.CreateDirectory(Path.Combine(root, "tests", name));
            File.WriteAllText(Path.Combine(root, "tests", name, $"{name}.csproj"), "");
        }

        return root;
    }
}
