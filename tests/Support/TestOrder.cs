using System.Security.Cryptography;
using System.Text;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Xunit.TestCollectionOrderer(typeof(GroupTherapy.Tests.Support.TestOrder))]
[assembly: Xunit.TestClassOrderer(typeof(GroupTherapy.Tests.Support.TestOrder))]
[assembly: Xunit.TestMethodOrderer(typeof(GroupTherapy.Tests.Support.TestOrder))]
[assembly: Xunit.TestCaseOrderer(typeof(GroupTherapy.Tests.Support.TestOrder))]

namespace GroupTherapy.Tests.Support;

/// <summary>
/// Runs tests in the order of their names, on every machine. The order of xunit depends on the path of the folder, so that a test that leans on another fails
/// on one machine only. <c>GT_ORDER=7</c> shuffles by that seed instead, and shows such tests.
/// </summary>
internal sealed class TestOrder : ITestCollectionOrderer, ITestClassOrderer, ITestMethodOrderer, ITestCaseOrderer
{
    private static readonly string? Seed = Environment.GetEnvironmentVariable("GT_ORDER");

    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections)
        where T : ITestCollection => InOrder(testCollections, c => c.TestCollectionDisplayName);

    public IReadOnlyCollection<T> OrderTestClasses<T>(IReadOnlyCollection<T?> testClasses)
        where T : notnull, ITestClass => InOrder(testClasses, c => c?.TestClassName)!;

    public IReadOnlyCollection<T> OrderTestMethods<T>(IReadOnlyCollection<T?> testMethods)
        where T : notnull, ITestMethod => InOrder(testMethods, m => m?.MethodName)!;

    public IReadOnlyCollection<T> OrderTestCases<T>(IReadOnlyCollection<T> testCases)
        where T : notnull, ITestCase => InOrder(testCases, c => c.TestCaseDisplayName);

    private static List<T> InOrder<T>(IReadOnlyCollection<T> all, Func<T, string?> nameOf) =>
        [.. all.OrderBy(one => PlaceOf(nameOf(one) ?? ""), StringComparer.Ordinal)];

    private static string PlaceOf(string name) => Seed is null ? name : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed} {name}")));
}
