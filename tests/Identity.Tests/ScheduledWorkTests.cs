using GroupTherapy.Tests.Support;

namespace GroupTherapy.Identity.Tests;

/// <summary>What the scheduled work of accounts removes and makes.</summary>
public sealed class ScheduledWorkTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task Sign_ins_go_with_their_tokens_a_day_after_their_end()
    {
        var signIn = await identity.LoginAsync(await identity.RegisterAsync());
        identity.Clock.Advance(TimeSpan.FromHours(35));
        var later = await identity.LoginAsync(await identity.RegisterAsync());
        identity.Clock.Advance(TimeSpan.FromHours(2));

        await GoneAsync("sign_ins", signIn.Id);
        Assert.Equal(
            1, await CountAsync("select count(*)::int from refresh_tokens where sign_in_id in (@one, @other)", new { one = signIn.Id, other = later.Id }));
    }

    [Fact]
    public async Task Invitations_go_a_day_after_they_expired()
    {
        var invited = await identity.InviteAsync("facilitator");
        var id = await identity.Db.FirstOrDefaultAsync<Guid>("select id from invitations where account_id = @Account", new { invited.Account });
        identity.Clock.Advance(TimeSpan.FromHours(97));
        await GoneAsync("invitations", id);
    }

    [Fact]
    public async Task Signing_keys_rotate_although_one_of_them_is_damaged()
    {
        await identity.Db.QueryAsync<int>(
            """
            insert into signing_keys (kid, x, y, sealed, signs_from, made_at)
            values ('damaged', 'x', 'y', decode(repeat('00', 60), 'hex'), now() - interval '1 hour', now())
            """);
        var before = (await identity.Db.QueryAsync<string>("select kid from signing_keys")).ToArray();
        identity.Clock.Advance(TimeSpan.FromHours(24));
        await Eventually.Async(
            async () => await CountAsync("select count(*)::int from signing_keys where kid <> all(@before)", new { before }) > 0,
            () => "no new key was made");
        await identity.LoginAsync(await identity.RegisterAsync());
    }

    private Task GoneAsync(string table, Guid id) => Eventually.Async(
        async () => await CountAsync($"select count(*)::int from {table} where id = @id", new { id }) == 0, () => $"a row of {table} was not deleted");

    private Task<int> CountAsync(string sql, object? args = null) => identity.Db.FirstOrDefaultAsync<int>(sql, args);
}
