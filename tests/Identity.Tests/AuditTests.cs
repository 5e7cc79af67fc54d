using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Audit;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GroupTherapy.Identity.Tests;

/// <summary>What is audited, and what must never be in an audit entry.</summary>
public sealed class AuditTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task Nothing_personal_is_in_events_or_in_the_audit_record_and_the_chain_holds()
    {
        const string Marker = "zanzibar";
        var (email, name) = ($"{Marker}@example.test", $"{Marker} name");
        using var register = await identity.PostAsync("register", new { email, password = $"{Marker} password of many words", displayName = name });
        using var again = await identity.PostAsync("register", new { email, password = $"{Marker} password of many words" });
        using var wrong = await identity.PostAsync("login", new { email, password = $"{Marker} wrong password" });
        var signIn = await identity.LoginAsync(email, $"{Marker} password of many words");
        using var refresh = await identity.PostAsync("refresh", new { signIn.RefreshToken });
        var invited = await identity.InviteAsync("facilitator", email: $"{Marker}2@example.test");
        using var accept = await identity.PostAsync("invitations/accept", new { token = invited.Token, password = $"{Marker} password of many words" });
        using var client = identity.As(signIn);
        using var logout = await client.PostAsync("/api/identity/logout", null);

        var written = await identity.Db.QueryAsync<string>("select e::text from audit_entries e union all select body::text from outbox");
        Assert.DoesNotContain(written, w => w.Contains(Marker, StringComparison.OrdinalIgnoreCase) || w.Contains('@', StringComparison.Ordinal)
            || w.Contains("eyJ", StringComparison.Ordinal) || w.Contains(signIn.RefreshToken, StringComparison.Ordinal));
        var acts = await identity.Db.QueryAsync<string>("select act from audit_entries where subject = @Account order by id", new { signIn.Account });
        Assert.Equal(["account.registered", "account.register-repeated", "sign-in.refused", "sign-in.started", "sign-in.refreshed", "sign-in.revoked"], acts);

        var chain = identity.Service.Get<AuditChain>();
        while (await chain.LinkAsync(default) > 0)
        {
        }

        using var op = identity.Service.As(Guid.CreateVersion7(), "operator");
        var verdict = (await op.GetFromJsonAsync<JsonObject>("/internal/audit/verify"))!;
        Assert.True((bool)verdict["intact"]!);
        Assert.True((long)verdict["entries"]! >= acts.Count);
    }

    [Fact]
    public async Task An_invitation_of_another_practice_leaves_nothing_in_the_record_of_ones_own()
    {
        var (email, account, token) = await identity.InviteAsync("operator", "chicago");
        using var accepted = await identity.PostAsync("invitations/accept", new { token, password = IdentityInProcess.Password });
        var before = await EntriesOfAsync("chicago");

        await identity.InviteAsync("facilitator", "grouport", email);

        Assert.Equal(before, await EntriesOfAsync("chicago"));

        Task<long> EntriesOfAsync(string practice) => identity.Db.FirstOrDefaultAsync<long>(
            "select count(*) from audit_entries where subject = @account and practice = @practice", new { account, practice });
    }

    [Fact]
    public async Task The_record_is_listed_in_the_order_of_its_chain_whatever_order_its_ids_have()
    {
        var chain = identity.Service.Get<AuditChain>();
        await identity.InviteAsync("facilitator");
        await UntilLinkedAsync("account.invited");

        // Begun first, committed last.
        await identity.Db.QueryAsync<int>(
            """
            with late as (insert into audit_entries (id, at, act, who) values ('00000000-0000-7000-8000-000000000001', now(), 'test.late', 'system:test')
                returning id)
            insert into audit_pending (entry_id) select id from late returning 1
            """, null);
        var last = await UntilLinkedAsync("test.late");

        using var op = identity.Service.As(Guid.CreateVersion7(), "operator");
        var (listed, cursor) = (new List<long>(), "");
        do
        {
            var page = (await op.GetFromJsonAsync<JsonObject>($"/internal/audit?limit=2{cursor}"))!;
            listed.AddRange(page["items"]!.AsArray().Where(i => i!["seq"] is not null).Select(i => (long)i!["seq"]!));
            cursor = (string?)page["nextCursor"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);

        Assert.Equal(Enumerable.Range(1, listed.Count).Select(n => (long)n), listed);
        Assert.InRange(last, 2, listed.Count);

        async Task<long> UntilLinkedAsync(string act)
        {
            long seq = 0;
            await Eventually.Async(
                async () =>
                {
                    await chain.LinkAsync(default);
                    seq = await identity.Db.FirstOrDefaultAsync<long?>(
                        "select max(l.seq) from audit_links l join audit_entries e on e.id = l.entry_id where e.act = @act", new { act }) ?? 0;
                    return seq > 0;
                },
                () => $"{act} was not linked");
            return seq;
        }
    }

    [Fact]
    public async Task What_cannot_be_recorded_does_not_happen()
    {
        await using var owner = NpgsqlDataSource.Create(identity.Database.Owner);
        await using var deny = owner.CreateCommand("revoke insert on outbox from identity");
        await deny.ExecuteNonQueryAsync();
        var email = IdentityInProcess.NewEmail();
        try
        {
            using var refused = await identity.PostAsync("register", new { email, password = IdentityInProcess.Password });
            Assert.Equal(HttpStatusCode.InternalServerError, refused.StatusCode);
        }
        finally
        {
            await using var allow = owner.CreateCommand("grant insert on outbox to identity");
            await allow.ExecuteNonQueryAsync();
        }

        Assert.Empty(await identity.Db.QueryAsync<Guid>("select id from accounts where email = @email", new { email }));
    }

    [Fact]
    public async Task While_the_database_is_away_everything_answers_503_and_then_works_again()
    {
        await using var engine = await Engines.OwnPostgresAsync(durable: true);
        await using var admin = new NpgsqlConnection(engine.Endpoint.ConnectionString);
        await admin.OpenAsync();
        await GroupTherapy.Host.Engines.ServiceDatabase.EnsureRolesAsync(admin, "identity", "only-in-tests", "only-in-tests");
        await GroupTherapy.Host.Engines.ServiceDatabase.EnsureAsync(admin, "identity", "identity");
        string As(string role) => new NpgsqlConnectionStringBuilder(
            engine.Endpoint.ConnectionString)
        { Username = role, Password = "only-in-tests", Database = "identity", Timeout = 3 }.ConnectionString;
        await Platform.Data.Migrator.MigrateAsync(As("identity_owner"), "identity", typeof(IdentityApp).Assembly, TimeProvider.System);
        await using var service = await InProcess.StartAsync(
            IdentityApp.Service, adjust => IdentityApp.Build([], adjust), As("identity"), null, [new("Secrets:Directory", Engines.Folder("away"))]);
        using var client = service.Anonymous();
        var person = new { email = "away@example.test", password = IdentityInProcess.Password };
        using var registered = await client.PostAsJsonAsync("/api/identity/register", person);
        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);

        await engine.KillAsync();
        using var refused = await client.PostAsJsonAsync("/api/identity/login", person);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/internal/keys")).StatusCode);

        await engine.StartAsync();
        await Eventually.Async(
            async () => (await client.PostAsJsonAsync("/api/identity/login", person)).StatusCode == HttpStatusCode.OK,
            () => "nobody could sign in after the database was back");
    }
}
