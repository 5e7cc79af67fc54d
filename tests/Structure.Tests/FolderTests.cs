using ArchUnitNET.Domain;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace GroupTherapy.Structure.Tests;

/// <summary>Which folder may use which, read from the compiled assemblies.</summary>
public sealed class FolderTests
{
    private static readonly string[] Services = ["Identity", "Enrollment", "Scheduling", "Room", "Notifications"];
    private static readonly string[] Engines =
    [
        "Npgsql",
        "Dapper",
        "Microsoft.AspNetCore",
        "Microsoft.EntityFrameworkCore",
        "MassTransit",
        "StackExchange.Redis",
        "RabbitMQ",
        "System.Net.Http",
        "System.IO.File",
    ];

    public static TheoryData<string> Assemblies =>
        ["Unicode", "Platform", "Contracts", "Identity", "Enrollment", "Scheduling", "Room", "Notifications", "Gateway", "Host"];

    public static TheoryData<string> ServiceNames => [.. Services];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Folders_do_not_depend_on_each_other_in_a_circle(string assembly)
    {
        var rule = SliceRuleDefinition.Slices().Matching($"GroupTherapy.{assembly}.(*)").Should().BeFreeOfCycles();

        Assert.True(rule.HasNoViolations(Load(assembly)), string.Join('\n', rule.Evaluate(Load(assembly)).Where(r => !r.Passed).Select(r => r.Description)));
    }

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void Domain_code_does_no_input_or_output(string service) => Assert.Empty(InputOutputIn(Load(service), $"GroupTherapy.{service}."));

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void A_service_does_not_reference_another(string service)
    {
        var references = Assembly.Load($"GroupTherapy.{service}").GetReferencedAssemblies().Select(a => a.Name);

        Assert.Empty(references.Intersect(Services.Except([service]).Select(s => $"GroupTherapy.{s}")));
    }

    [Fact]
    public void The_checks_find_a_planted_circle_and_a_planted_domain_type_that_reads_the_database()
    {
        var planted = new ArchLoader().LoadAssemblies(typeof(FolderTests).Assembly).Build();

        Assert.False(SliceRuleDefinition.Slices().Matching("GroupTherapy.Structure.Tests.Planted.(*)").Should().BeFreeOfCycles().HasNoViolations(planted));
        Assert.Single(InputOutputIn(planted, "GroupTherapy.Structure.Tests.Planted."));
    }

    private static Architecture Load(string assembly) => new ArchLoader().LoadAssemblies(Assembly.Load($"GroupTherapy.{assembly}")).Build();

    private static List<string> InputOutputIn(Architecture architecture, string prefix) =>
        [
            .. architecture
                .Types.Where(t => Folders.Any(f => t.FullName.StartsWith($"{prefix}{f}.", StringComparison.Ordinal)))
                .SelectMany(t => t.Dependencies.Select(d => (Type: t.FullName, Uses: d.Target.FullName)))
                .Where(d => Engines.Any(e => d.Uses.StartsWith(e, StringComparison.Ordinal)))
                .Select(d => $"{d.Type} uses {d.Uses}")
                .Distinct(),
        ];

    private static readonly string[] Folders = ["Domain", "Licensing", "Series"];
}
