using System.Net;
using System.Text.Json.Nodes;

namespace GroupTherapy.Identity.Tests;

public sealed class RefreshTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task Each_refresh_gives_the_next_token_and_keeps_the_sign_in_and_its_end()
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        identity.Clock.Advance(TimeSpan.FromMinutes(50));
        var second = await RefreshAsync(first.RefreshToken);
        Assert.Equal((first.Id, first.Account), (second.Id, second.Account));
        Assert.Equal(first.Token.GetClaim("sie").Value, second.Token.GetClaim("sie").Value);
        Assert.True(second.Token.ValidTo > first.Token.ValidTo);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task R26_a_token_shown_again_after_ten_seconds_ends_the_whole_sign_in(int refreshes)
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        var last = first;
        for (var i = 0; i < refreshes; i++)
        {
            last = await RefreshAsync(last.RefreshToken);
        }

        identity.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(first.RefreshToken));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(last.RefreshToken));
        Assert.Single(await identity.EventsAsync("session-revoked"), e => (Guid)e["signInId"]! == first.Id);
        var why = await identity.Db.QueryAsync<string>("select data from audit_entries where act = 'sign-in.revoked' and ref = @Id", new { first.Id });
        Assert.Equal("""{"why":"refresh-replayed"}""", Assert.Single(why));
    }

    [Fact]
    public async Task A_second_tab_or_a_lost_answer_refreshes_with_the_same_token_and_stays_signed_in()
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        var (one, other) = (await RefreshAsync(first.RefreshToken), await RefreshAsync(first.RefreshToken));
        Assert.Equal((first.Id, first.Id), (one.Id, other.Id));
        Assert.NotEqual(one.RefreshToken, other.RefreshToken);

        // Both pairs go on, and the use of one does not end the other.
        var next = await RefreshAsync(one.RefreshToken);
        identity.Clock.Advance(TimeSpan.FromMinutes(30));
        await RefreshAsync(other.RefreshToken);
        await RefreshAsync(next.RefreshToken);
        Assert.DoesNotContain(await identity.EventsAsync("session-revoked"), e => (Guid)e["signInId"]! == first.Id);
    }

    [Fact]
    public async Task The_ten_seconds_count_from_the_first_use_and_not_from_the_last()
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        await RefreshAsync(first.RefreshToken);
        identity.Clock.Advance(TimeSpan.FromSeconds(6));
        await RefreshAsync(first.RefreshToken);
        identity.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(first.RefreshToken));
    }

    [Fact]
    public async Task A_sign_in_that_was_ended_is_not_refreshed_within_the_ten_seconds_either()
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        await RefreshAsync(first.RefreshToken);
        using var client = identity.As(first);
        using var out1 = await client.PostAsync("/api/identity/logout", null);
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(first.RefreshToken));
    }

    [Fact]
    public async Task R26_of_eight_at_once_with_one_token_all_are_served_by_one_sign_in()
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryAsync(first.RefreshToken)));
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.DoesNotContain(await identity.EventsAsync("session-revoked"), e => (Guid)e["signInId"]! == first.Id);
        Assert.Equal(
            8,
            await identity.Db.FirstOrDefaultAsync<int>("select count(*)::int from refresh_tokens where sign_in_id = @Id and used_at is null", new { first.Id })
        );
    }

    [Fact]
    public async Task A_sign_in_ends_after_twelve_hours_and_no_token_outlives_it()
    {
        var first = await identity.LoginAsync(await identity.RegisterAsync());
        identity.Clock.Advance(TimeSpan.FromHours(11.75));
        var last = await RefreshAsync(first.RefreshToken);
        Assert.InRange(last.Token.ValidTo - last.Token.IssuedAt, TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        identity.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(last.RefreshToken));
    }

    [Theory]
    [InlineData("not-a-token")]
    [InlineData("'; drop table refresh_tokens; --")]
    [InlineData("")]
    public async Task What_is_no_refresh_token_is_401(string token) => Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(token));

    [Fact]
    public async Task Without_a_token_a_refresh_is_400()
    {
        using var answer = await identity.PostAsync("refresh", new { });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_browser_renews_its_cookie_while_the_sign_in_lasts_and_a_bearer_cannot_become_a_cookie()
    {
        var email = await identity.RegisterAsync();
        using var login = await identity.PostAsync("login?useCookies=true", new { email, password = IdentityInProcess.Password });
        var cookie = login.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("gt_session=", StringComparison.Ordinal));
        var token = cookie.Split(';')[0]["gt_session=".Length..];
        var browser = SignIn.From(new JsonObject { ["accessToken"] = token, ["refreshToken"] = "" });
        using var client = identity.As(browser);
        using var renewed = await identity.PostAsync("refresh?useCookies=true", new { }, client);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
        Assert.StartsWith("gt_session=ey", renewed.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);

        using var bearer = identity.As(await identity.LoginAsync(email));
        using var refused = await identity.PostAsync("refresh?useCookies=true", new { }, bearer);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var out1 = await client.PostAsync("/api/identity/logout", null);
        using var over = await identity.PostAsync("refresh?useCookies=true", new { }, client);
        Assert.Equal(HttpStatusCode.Unauthorized, over.StatusCode);
        using var nobody = await identity.PostAsync("refresh?useCookies=true", new { });
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Fact]
    public async Task Only_hashes_of_secrets_are_kept()
    {
        var signIn = await RefreshAsync((await identity.LoginAsync(await identity.RegisterAsync())).RefreshToken);
        var invited = await identity.InviteAsync("operator");
        var rows = await identity.Db.QueryAsync<string>(
            """
            select r::text from refresh_tokens r union all select i::text from invitations i
            union all select a::text from accounts a union all select k::text from signing_keys k
            """
        );
        Assert.DoesNotContain(
            rows,
            r =>
                r.Contains(signIn.RefreshToken, StringComparison.Ordinal)
                || r.Contains(invited.Token, StringComparison.Ordinal)
                || r.Contains(IdentityInProcess.Password, StringComparison.Ordinal)
        );
    }

    private async Task<SignIn> RefreshAsync(string token)
    {
        using var answer = await identity.PostAsync("refresh", new { refreshToken = token });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return SignIn.From(await IdentityInProcess.JsonAsync(answer));
    }

    private async Task<HttpStatusCode> TryAsync(string token)
    {
        using var answer = await identity.PostAsync("refresh", new { refreshToken = token });
        return answer.StatusCode;
    }
}
