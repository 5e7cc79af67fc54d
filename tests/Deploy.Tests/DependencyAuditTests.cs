using GroupTherapy.Host.Commands;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>What the tools say about vulnerable packages, and what may pass.</summary>
public sealed class DependencyAuditTests
{
    private static readonly DateOnly Today = new(2026, 11, 30);
    private static readonly Advisory Known = new("Some.Package", "High", "https://github.com/advisories/GHSA-aaaa-bbbb-cccc");

    [Fact]
    public void NuGets_answer_names_packages_of_ours_and_of_theirs()
    {
        const string vulnerability = """[{"severity":"High","advisoryurl":"https://github.com/advisories/GHSA-aaaa-bbbb-cccc"}]""";
        var found = DependencyAudit.ReadNuGet(
            $$"""
            warn : something
            {"version":1,"projects":[{"path":"a.csproj"},{"path":"b.csproj","frameworks":[{"framework":"net10.0",
            "topLevelPackages":[{"id":"Some.Package","vulnerabilities":{{vulnerability}} }],
            "transitivePackages":[{"id":"Deep","vulnerabilities":{{vulnerability}} }]}]}]}
            """
        );
        Assert.Equal([Known, Known with { Package = "Deep" }], found!);
    }

    [Fact]
    public void Npms_answer_names_the_advisory_once_for_each_package_it_is_about()
    {
        var found = DependencyAudit.ReadNpm(
            """
            {"auditReportVersion":2,"vulnerabilities":{"a":{"severity":"high","via":[
            {"name":"a","severity":"high","url":"https://github.com/advisories/GHSA-aaaa-bbbb-cccc"}]},"b":{"severity":"high","via":["a"]}}}
            """
        );
        Assert.Equal(("a", "GHSA-aaaa-bbbb-cccc"), (Assert.Single(found!).Package, found![0].Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("error: Unable to load the service index for source.")]
    [InlineData("""{"message":"405 Method Not Allowed","error":{"summary":"","detail":""}}""")]
    [InlineData("""{"version":1,"problems":[{"level":"error","text":"No assets file was found"}],"projects":[]}""")]
    public void A_tool_that_could_not_ask_has_found_nothing_out(string output)
    {
        Assert.Null(DependencyAudit.ReadNuGet(output));
        Assert.Null(DependencyAudit.ReadNpm(output));
    }

    [Fact]
    public void An_exception_names_its_advisory_and_ends()
    {
        var exception = new AuditException(Known.Id, "we do not call it", Today);
        Assert.Contains(Known.Url, Assert.Single(DependencyAudit.Judge([Known, Known], [], Today)), StringComparison.Ordinal);
        Assert.Empty(DependencyAudit.Judge([Known], [exception], Today));
        Assert.Single(DependencyAudit.Judge([Known with { Url = "https://example.org/GHSA-other" }], [exception], Today));
        Assert.Equal(2, DependencyAudit.Judge([Known], [exception with { Until = Today.AddDays(-1) }], Today).Count);
    }
}
