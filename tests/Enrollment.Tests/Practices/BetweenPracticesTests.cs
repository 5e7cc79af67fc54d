using System.Net;
using System.Net.Http.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Tests.Practices;

/// <summary>What the database lets through to an operator when a query forgets to filter by practice.</summary>
public sealed class BetweenPracticesTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private static readonly string[] Protected = ["decisions", "audit_entries"];

    [Fact]
    public async Task A_query_without_its_filter_shows_an_operator_nothing_of_another_practice_and_a_member_only_themselves()
    {
        var group = await world.GroupAsync(2);
        var (id, member) = await world.MemberInAsync("FL");
        await EnrollmentWorld.EnrolAsync(member, group);
        var (otherId, other) = await world.MemberInAsync("FL");
        await EnrollmentWorld.EnrolAsync(other, group);
        using var operators = world.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        using var intake = await operators.PostAsJsonAsync($"/api/members/{id}/intakes", new { practice = "grouport", doneOn = "2026-01-31" });
        Assert.Equal(HttpStatusCode.Created, intake.StatusCode);

        foreach (var table in Protected.Append("intakes"))
        {
            var column = table == "audit_entries" ? "subject" : "member_id";
            Assert.True(await CountAsync(As("grouport"), $"select count(*) from {table} where {column} = '{id}'") > 0, table);
            Assert.Equal(0, await CountAsync(As("chicago"), $"select count(*) from {table} where {column} = '{id}'"));
            Assert.Equal(0, await CountAsync(As(null) with { AccountId = otherId }, $"select count(*) from {table} where {column} = '{id}'"));
        }

        Assert.True(await CountAsync(As(null) with { AccountId = id }, $"select count(*) from decisions where member_id = '{id}'") > 0);
        Assert.True(await CountAsync(Caller.System("test"), "select count(*) from decisions") >= 2);
    }

    private static Caller As(string? practice) =>
        Caller.Anonymous with
        {
            AccountId = Guid.CreateVersion7(),
            Memberships = practice is null ? new HashSet<string>() : new HashSet<string> { $"operator@{practice}" },
        };

    private async Task<long> CountAsync(Caller caller, string sql)
    {
        await using var work = await world.Service.Get<Db>().BeginAsync(caller);
        return await work.FirstOrDefaultAsync<long>(sql);
    }
}
