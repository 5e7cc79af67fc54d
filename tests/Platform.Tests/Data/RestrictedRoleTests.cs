using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Tests.Toys;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Data;

/// <summary>What the running service may do to the audit record: add to it.</summary>
public sealed class RestrictedRoleTests(RestrictedRoleTests.Record record) : IClassFixture<RestrictedRoleTests.Record>
{
    public static TheoryData<string> Attempts =>
        [
            .. new[] { "audit_entries", "audit_links" }.SelectMany(table =>
                new[]
                {
                    $"delete from {table}",
                    $"truncate {table} cascade",
                    $"drop trigger {table}_are_append_only on {table}",
                    $"alter table {table} disable trigger user",
                    $"drop table {table} cascade",
                    $"alter table {table} owner to alpha",
                }
            ),
            "update audit_entries set act = 'another'",
            "update audit_links set hash = repeat('0', 64)",
            "create or replace function refuse_change() returns trigger language plpgsql as 'begin return null; end'",
            "set session_replication_role = replica",
        ];

    [Theory]
    [MemberData(nameof(Attempts))]
    [Trait("hostile", "O01")]
    public async Task The_restricted_role_is_refused(string attempt)
    {
        await using var command = record.Database.Source.CreateCommand(attempt);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
    }

    [Theory]
    [InlineData("audit_entries")]
    [InlineData("audit_links")]
    public async Task The_restricted_role_may_read_and_add_and_cannot_grant_itself_more(string table)
    {
        // Triggers stop changes too; this looks at the grants alone. PostgreSQL only warns when there is nothing to grant.
        await using (var grant = record.Database.Source.CreateCommand($"grant all on {table} to alpha"))
        {
            await grant.ExecuteNonQueryAsync();
        }

        Assert.Equal(
            ["INSERT", "SELECT"],
            await record.Database.AskAsync<string[]>(
                "select array_agg(privilege_type::text order by 1) from information_schema.role_table_grants where grantee = 'alpha' and table_name = $1",
                table
            )
        );
    }

    [Theory]
    [InlineData("update audit_entries set act = 'another'")]
    [InlineData("delete from audit_links")]
    [InlineData("truncate audit_entries, audit_links, audit_pending")]
    public async Task Even_the_owner_is_stopped_by_the_triggers(string attempt)
    {
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => record.Database.RunAsync(attempt));

        Assert.Contains("append-only", refusal.MessageText, StringComparison.Ordinal);
    }

    public sealed class Record : IAsyncLifetime
    {
        public ToyDatabase Database { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Database = await ToyDatabase.CreateAsync();
            await using var work = await Database.Db.BeginAsync(Caller.System("test"));
            work.Audit("thing.made");
            await work.CommitAsync();
        }

        public ValueTask DisposeAsync() => Database.DisposeAsync();
    }
}
