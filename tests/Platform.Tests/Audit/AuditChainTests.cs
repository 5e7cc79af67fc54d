using GroupTherapy.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Tests.Toys;

namespace GroupTherapy.Platform.Tests.Audit;

public sealed class AuditChainTests : IAsyncLifetime
{
    private static readonly Dictionary<long, string> NoAnchors = [];
    private ToyDatabase _database = null!;
    private AuditChain _chain = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await ToyDatabase.CreateAsync();
        _chain = new AuditChain(_database.Db, _database.Clock);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Entries_are_chained_from_the_genesis_without_a_gap()
    {
        await WriteAsync(3);
        Assert.Equal(3, await _chain.LinkAsync(default));
        await WriteAsync(2);
        Assert.Equal(2, await _chain.LinkAsync(default));
        Assert.Equal(0, await _chain.LinkAsync(default));

        var entries = await EntriesAsync();

        Assert.Equal([1, 2, 3, 4, 5], entries.Select(e => e.Seq));
        Assert.Equal([AuditChain.Genesis, .. entries.SkipLast(1).Select(e => e.Hash)], entries.Select(e => e.Prev));
        Assert.Equal(new ChainVerdict(5, true, null), await _chain.VerifyAsync(Anchors(entries), default));
        Assert.Equal(0, await _database.CountAsync("audit_pending"));
    }

    [Fact]
    public async Task An_empty_record_is_intact() => Assert.Equal(new ChainVerdict(0, true, null), await _chain.VerifyAsync(NoAnchors, default));

    [Fact]
    public async Task Two_linkers_beside_busy_writers_leave_one_gapless_chain()
    {
        using var written = new CancellationTokenSource();
        var linkers = Enumerable
            .Range(0, 2)
            .Select(_ =>
                Task.Run(async () =>
                {
                    var chain = new AuditChain(_database.Db, _database.Clock);
                    var linked = 0;
                    while (!written.IsCancellationRequested)
                    {
                        linked += await chain.LinkAsync(default);
                    }

                    return linked;
                })
            )
            .ToList();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        for (var unit = 0; unit < 25; unit++)
                        {
                            await WriteAsync(4);
                        }
                    })
                )
        );
        await written.CancelAsync();
        var linkedBeside = (await Task.WhenAll(linkers)).Sum();

        Assert.Equal(400, linkedBeside + await _chain.LinkAsync(default));
        Assert.Equal(new ChainVerdict(400, true, null), await _chain.VerifyAsync(NoAnchors, default));
        Assert.Equal(0, await _database.CountAsync("audit_pending"));
    }

    [Theory]
    [InlineData("act = 'thing.unmade'")]
    [InlineData("who = 'somebody else'")]
    [InlineData("at = at + interval '1 microsecond'")]
    [InlineData("subject = gen_random_uuid()")]
    [InlineData("ref = null")]
    [InlineData("practice = 'another'")]
    [InlineData("source = '203.0.113.0/24'")]
    [InlineData("trace = '0123456789abcdef0123456789abcdef'")]
    [InlineData("data = '{\"n\":99}'")]
    public async Task A_changed_entry_is_found(string change)
    {
        await WriteAndLinkAsync(5);

        await TamperAsync($"update audit_entries set {change} where id = (select entry_id from audit_links where seq = 3)");

        Assert.Equal((false, 3), await VerdictAsync());
    }

    [Theory]
    [InlineData("update audit_links set hash = repeat('a', 64) where seq = 3", 3)]
    [InlineData("update audit_links set prev = repeat('a', 64) where seq = 3", 3)]
    [InlineData("update audit_links set seq = seq + 1000 where seq = 5", 5)]
    [InlineData("delete from audit_links where seq = 1", 1)]
    [InlineData("with gone as (delete from audit_links where seq = 3 returning entry_id) delete from audit_entries e using gone where e.id = gone.entry_id", 3)]
    public async Task A_changed_or_deleted_link_is_found(string sql, long at)
    {
        await WriteAndLinkAsync(5);

        await TamperAsync(sql);

        Assert.Equal((false, at), await VerdictAsync());
    }

    [Fact]
    public async Task A_chain_cut_off_at_its_end_is_found_by_its_anchor()
    {
        var anchors = Anchors(await WriteAndLinkAsync(5));

        await TamperAsync(
            "with gone as (delete from audit_links where seq > 3 returning entry_id) delete from audit_entries e using gone where e.id = " + "gone.entry_id"
        );

        Assert.Equal((true, null), await VerdictAsync());
        Assert.Equal((false, 4), await VerdictAsync(anchors));
    }

    [Fact]
    [Trait("hostile", "O01")]
    public async Task A_chain_computed_anew_is_found_by_its_anchor_and_by_nothing_else()
    {
        var entries = await WriteAndLinkAsync(5);

        var prev = entries[1].Hash;
        await TamperAsync("update audit_entries set act = 'thing.unmade' where id = (select entry_id from audit_links where seq = 3)");
        foreach (var entry in (await EntriesAsync()).Skip(2))
        {
            var hash = (entry with { Prev = prev }).ComputeHash();
            await TamperAsync($"update audit_links set prev = '{prev}', hash = '{hash}' where seq = {entry.Seq}");
            prev = hash;
        }

        Assert.Equal((true, null), await VerdictAsync());
        Assert.Equal((false, 5), await VerdictAsync(Anchors(entries)));
    }

    [Fact]
    public async Task An_entry_hidden_from_the_linker_is_found_once_it_should_have_been_linked()
    {
        await WriteAndLinkAsync(3);
        await WriteAsync(1);
        await using (var command = _database.Source.CreateCommand("delete from audit_pending"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await _chain.LinkAsync(default);
        _database.Clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((false, 0), await VerdictAsync());
    }

    [Fact]
    public async Task An_entry_that_waits_for_the_linker_breaks_nothing()
    {
        await WriteAndLinkAsync(3);
        await WriteAsync(1);
        _database.Clock.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal((true, null), await VerdictAsync());
    }

    private async Task WriteAsync(int entries)
    {
        await using var work = await _database.Db.BeginAsync(Caller.System("test"));
        for (var n = 0; n < entries; n++)
        {
            work.Audit("thing.made", Guid.CreateVersion7(), Guid.CreateVersion7(), new { n, Words = "ä \u2028 😀 \u0001" });
        }

        await work.CommitAsync();
    }

    private async Task<List<AuditEntry>> WriteAndLinkAsync(int entries)
    {
        await WriteAsync(entries);
        Assert.Equal(entries, await _chain.LinkAsync(default));
        return await EntriesAsync();
    }

    private async Task<List<AuditEntry>> EntriesAsync() => await _chain.ReadAsync(0, null, default).ToListAsync();

    private static Dictionary<long, string> Anchors(List<AuditEntry> entries) => new() { [entries[^1].Seq] = entries[^1].Hash };

    private async Task<(bool Intact, long? FirstBroken)> VerdictAsync(Dictionary<long, string>? anchors = null)
    {
        var verdict = await _chain.VerifyAsync(anchors ?? NoAnchors, default);
        return (verdict.Intact, verdict.FirstBroken);
    }

    // As somebody who owns the schema, and switches the guards off first.
    private Task TamperAsync(string sql) =>
        _database.RunAsync(
            $"""
            alter table audit_entries disable trigger user;
            alter table audit_links disable trigger user;
            {sql};
            alter table audit_entries enable trigger user;
            alter table audit_links enable trigger user;
            """
        );
}
