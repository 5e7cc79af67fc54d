using GroupTherapy.Identity.Storage;
using GroupTherapy.Identity.Workers;
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
            1,
            await CountAsync("select count(*)::int from refresh_tokens where sign_in_id in (@one, @other)", new { one = signIn.Id, other = later.Id })
        );
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
        await PlantDamagedAsync("damaged", identity.Clock.GetUtcNow().AddHours(-1));
        var before = await KidsAsync();
        identity.Clock.Advance(TimeSpan.FromHours(24));
        await Eventually.Async(async () => (await KidsAsync()).Except(before).Any(), () => "no new key was made");
        await identity.LoginAsync(await identity.RegisterAsync());
    }

    [Fact]
    public async Task A_damaged_key_takes_no_other_keys_place_and_is_not_published()
    {
        var (store, keys) = (identity.Service.Get<SigningKeyStore>(), identity.Service.Get<SigningKeys>());
        identity.Clock.Advance(TimeSpan.FromHours(25));
        await store.RotateAsync(CancellationToken.None);
        identity.Clock.Advance(TimeSpan.FromHours(1));
        await keys.RunAsync(CancellationToken.None);
        var signs = (await identity.LoginAsync(await identity.RegisterAsync())).Token.Kid;
        await PlantDamagedAsync("newest", identity.Clock.GetUtcNow());
        identity.Clock.Advance(TimeSpan.FromHours(2));

        // The work as it comes due; a key that a damaged one had replaced would be forgotten now.
        await store.RotateAsync(CancellationToken.None);
        Assert.Contains(signs, await KidsAsync());
        Assert.Contains("newest", await KidsAsync());
        await keys.RunAsync(CancellationToken.None);
        Assert.DoesNotContain(keys.Published!.Keys, k => k.Kid == "newest");
        Assert.Equal(signs, (await identity.LoginAsync(await identity.RegisterAsync())).Token.Kid);
    }

    private Task PlantDamagedAsync(string kid, DateTimeOffset from) =>
        identity.Db.QueryAsync<int>(
            "insert into signing_keys (kid, x, y, sealed, signs_from, made_at) values (@kid, 'x', 'y', decode(repeat('00', 60), 'hex'), @from, @from)",
            new { kid, from }
        );

    private Task<IReadOnlyList<string>> KidsAsync() => identity.Db.QueryAsync<string>("select kid from signing_keys");

    private Task GoneAsync(string table, Guid id) =>
        Eventually.Async(
            async () => await CountAsync($"select count(*)::int from {table} where id = @id", new { id }) == 0,
            () => $"a row of {table} was not deleted"
        );

    private Task<int> CountAsync(string sql, object? args = null) => identity.Db.FirstOrDefaultAsync<int>(sql, args);
}
