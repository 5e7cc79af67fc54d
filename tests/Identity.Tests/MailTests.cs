using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Identity.Tests;

/// <summary>Mails that wait to be sent, and what the links in them open. The instance runs as outside a demonstration.</summary>
public sealed class MailTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>, IAsyncLifetime
{
    private const string Key = "a key that two services share";
    private const string Site = "https://groups.example.org";
    private InProcess _service = null!;

    public async ValueTask InitializeAsync() => _service = await identity.StartAsync(
        more: [new("Callers:Notifications", Key), new("Public:Url", $"{Site}/")], environment: "Production");

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task A_new_member_signs_in_at_once_and_is_marked_until_the_mailbox_is_proven()
    {
        var email = await RegisterAsync();
        Assert.Contains("email-not-confirmed", await FlagsAsync(email));
        var mail = await MailAsync(email, "confirm-email");
        Assert.StartsWith($"{Site}/account/confirm-email#", (string)mail["link"]!, StringComparison.Ordinal);
        Assert.Equal((email, "en"), ((string)mail["to"]!, (string)mail["language"]!));

        Assert.Equal(HttpStatusCode.NoContent, await PostAsync("confirmEmail", new { code = TokenOf(mail) }));
        Assert.DoesNotContain("email-not-confirmed", await FlagsAsync(email));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("confirmEmail", new { code = TokenOf(mail) }));
        Assert.Empty(await MailIdsAsync(email, "confirm-email", open: true));
    }

    [Fact]
    public async Task R20_a_forgotten_password_is_set_anew_by_the_newest_link_once_and_every_sign_in_ends()
    {
        var email = await RegisterAsync();
        var before = await LoginAsync(email, IdentityInProcess.Password);
        using var client = _service.Anonymous();
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/api/identity/forgotPassword") { Content = JsonContent.Create(new { email }) };
        asked.Headers.Host = "attacker.example.net";
        using var known = await client.SendAsync(asked);
        using var unknown = await client.PostAsJsonAsync("/api/identity/forgotPassword", new { email = IdentityInProcess.NewEmail() });
        Assert.Equal(
            $"{known.StatusCode} {await known.Content.ReadAsStringAsync()}", $"{unknown.StatusCode} {await unknown.Content.ReadAsStringAsync()}");
        var older = await MailAsync(email, "password-reset");
        Assert.Equal(HttpStatusCode.OK, await PostAsync("forgotPassword", new { email }));
        var newer = await MailAsync(email, "password-reset");
        Assert.StartsWith($"{Site}/account/reset-password#", (string)newer["link"]!, StringComparison.Ordinal);

        const string Fresh = "eleven quiet herons by the lake";
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("resetPassword", new { resetCode = TokenOf(older), newPassword = Fresh }));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("resetPassword", new { resetCode = TokenOf(newer), newPassword = "password1234567" }));
        Assert.Equal(HttpStatusCode.NoContent, await PostAsync("resetPassword", new { resetCode = TokenOf(newer), newPassword = Fresh }));
        Assert.Equal(HttpStatusCode.BadRequest, await PostAsync("resetPassword", new { resetCode = TokenOf(newer), newPassword = Fresh }));
        Assert.Null(await LoginAsync(email, IdentityInProcess.Password));
        Assert.NotNull(await LoginAsync(email, Fresh));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("refresh", new { before!.RefreshToken }));
        Assert.NotNull(await MailAsync(email, "password-changed"));
        Assert.DoesNotContain("email-not-confirmed", await FlagsAsync(email, Fresh));
    }

    [Fact]
    public async Task A_reset_link_lasts_an_hour()
    {
        var email = await RegisterAsync();
        await PostAsync("forgotPassword", new { email });
        var mail = await MailAsync(email, "password-reset");
        identity.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(
            HttpStatusCode.BadRequest, await PostAsync("resetPassword", new { resetCode = TokenOf(mail), newPassword = "eleven quiet herons by the lake" }));
    }

    [Fact]
    public async Task Mails_to_one_address_are_limited_and_the_answer_does_not_tell()
    {
        var email = await RegisterAsync();
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync("forgotPassword", new { email }));
        }

        Assert.Equal(5, (await MailIdsAsync(email, "password-reset", open: false)).Count);
    }

    [Fact]
    public async Task A_new_address_counts_once_its_mailbox_is_proven_and_the_old_one_is_told()
    {
        var email = await RegisterAsync();
        var signIn = (await LoginAsync(email, IdentityInProcess.Password))!;
        using var client = As(signIn);
        var (other, fresh) = (await RegisterAsync(), IdentityInProcess.NewEmail());
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync("manage/info", new { newEmail = fresh, oldPassword = "not this one at all" }, client));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("manage/info", new { newEmail = other, oldPassword = IdentityInProcess.Password }, client));
        Assert.Empty(await MailIdsAsync(email, "email-change", open: true));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("manage/info", new { newEmail = fresh, oldPassword = IdentityInProcess.Password }, client));
        var mail = await MailAsync(email, "email-change");
        Assert.Equal(fresh, (string)mail["to"]!);
        Assert.NotNull(await LoginAsync(email, IdentityInProcess.Password));

        Assert.Equal(HttpStatusCode.NoContent, await PostAsync("confirmEmail", new { code = TokenOf(mail) }));
        Assert.Null(await LoginAsync(email, IdentityInProcess.Password));
        Assert.NotNull(await LoginAsync(fresh, IdentityInProcess.Password));
        var told = await MailAsync(fresh, "email-change");
        Assert.Equal((email, $"{Site}/account/security"), ((string)told["to"]!, (string)told["link"]!));
    }

    [Fact]
    public async Task A_changed_password_keeps_this_sign_in_and_ends_the_others()
    {
        var email = await RegisterAsync();
        var (mine, other) = (await LoginAsync(email, IdentityInProcess.Password), await LoginAsync(email, IdentityInProcess.Password));
        using var client = As(mine!);
        var change = new { oldPassword = IdentityInProcess.Password, newPassword = "eleven quiet herons by the lake" };
        Assert.Equal(HttpStatusCode.OK, await PostAsync("manage/info", change, client));
        Assert.Equal(HttpStatusCode.OK, await PostAsync("refresh", new { mine!.RefreshToken }));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync("refresh", new { other!.RefreshToken }));
    }

    [Fact]
    public async Task An_account_on_a_foreign_address_keeps_nothing_when_its_owner_resets_the_password()
    {
        var email = await RegisterAsync();
        var account = (await LoginAsync(email, IdentityInProcess.Password))!.Account;
        await using (var source = Npgsql.NpgsqlDataSource.Create(identity.Database.Owner))
        await using (var add = source.CreateCommand("insert into passkeys (credential_id, account_id, data) values ('\\x01', $1, '{}')"))
        {
            add.Parameters.AddWithValue(account);
            await add.ExecuteNonQueryAsync();
        }

        await PostAsync("forgotPassword", new { email });
        var mail = await MailAsync(email, "password-reset");
        await PostAsync("resetPassword", new { resetCode = TokenOf(mail), newPassword = "eleven quiet herons by the lake" });
        Assert.Equal(0, await identity.Db.FirstOrDefaultAsync<long>("select count(*) from passkeys where account_id = @account", new { account }));
    }

    [Fact]
    public async Task Only_the_service_that_sends_mails_reads_them_and_learns_addresses()
    {
        var email = await RegisterAsync();
        var id = (await MailIdsAsync(email, "confirm-email", open: true)).Single();
        using var anyone = _service.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, (await anyone.GetAsync($"/internal/mails/{id}")).StatusCode);
        using var guess = Asking("another key of some length");
        Assert.Equal(HttpStatusCode.Unauthorized, (await guess.GetAsync($"/internal/mails/{id}")).StatusCode);

        using var sender = Asking(Key);
        Assert.Equal(HttpStatusCode.NotFound, (await sender.GetAsync($"/internal/mails/{Guid.CreateVersion7()}")).StatusCode);
        var account = (await LoginAsync(email, IdentityInProcess.Password))!.Account;
        using var answer = await sender.PostAsJsonAsync("/internal/recipients", new { accountIds = new[] { account, Guid.CreateVersion7() } });
        var item = Assert.Single((await IdentityInProcess.JsonAsync(answer))["items"]!.AsArray());
        Assert.Equal($$"""{"accountId":"{{account}}","email":"{{email}}","confirmed":false,"disabled":false}""", item!.ToJsonString());
        var told = (await identity.EventsAsync("mail-requested")).Single(e => (Guid)e["mailId"]! == id);
        Assert.Equal(["kind", "mailId"], told.AsObject().Select(f => f.Key).Order());
    }

    [Fact]
    public async Task An_invitation_is_a_mail_whose_link_opens_it_until_it_is_withdrawn()
    {
        var invited = await identity.InviteAsync("facilitator");
        var id = (await MailIdsAsync(invited.Email, "invitation", open: true)).Single();
        using var sender = Asking(Key);
        var mail = await sender.GetFromJsonAsync<JsonObject>($"/internal/mails/{id}");
        Assert.Equal(($"{Site}/account/invitation#{invited.Token}", "grouport"), ((string)mail!["link"]!, (string)mail["practice"]!));
        using var colleague = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        await identity.PostAsync($"accounts/{invited.Account}/withdraw", new { practice = "grouport" }, colleague);
        Assert.Equal(HttpStatusCode.NotFound, (await sender.GetAsync($"/internal/mails/{id}")).StatusCode);
    }

    private static string TokenOf(JsonNode mail) => ((string)mail["link"]!).Split('#')[1];

    private HttpClient Asking(string key)
    {
        var client = _service.Anonymous();
        client.DefaultRequestHeaders.Add("GT-Service-Key", key);
        return client;
    }

    private HttpClient As(SignIn signIn)
    {
        var client = _service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new("Bearer", _service.Tokens.For("identity", signIn.Account, ["member"], [], signIn.Id));
        return client;
    }

    private async Task<string> RegisterAsync()
    {
        var email = IdentityInProcess.NewEmail();
        Assert.Equal(HttpStatusCode.OK, await PostAsync("register", new { email, password = IdentityInProcess.Password }));
        return email;
    }

    private async Task<HttpStatusCode> PostAsync(string path, object body, HttpClient? client = null)
    {
        using var own = client is null ? _service.Anonymous() : null;
        using var answer = await (client ?? own!).PostAsJsonAsync($"/api/identity/{path}", body);
        return answer.StatusCode;
    }

    private async Task<SignIn?> LoginAsync(string email, string password)
    {
        using var client = _service.Anonymous();
        using var answer = await client.PostAsJsonAsync("/api/identity/login", new { email, password });
        return answer.IsSuccessStatusCode ? SignIn.From(await IdentityInProcess.JsonAsync(answer)) : null;
    }

    private async Task<IReadOnlyList<string>> FlagsAsync(string email, string password = IdentityInProcess.Password) =>
        [.. (await LoginAsync(email, password))!.Token.Claims.Where(c => c.Type == "flag").Select(c => c.Value)];

    private Task<IReadOnlyList<Guid>> MailIdsAsync(string email, string kind, bool open) => identity.Db.QueryAsync<Guid>(
        """
        select m.id from mails m join accounts a on a.id = m.account_id
        where a.email = @email and m.kind = @kind and (not @open or m.over_at is null) order by m.created_at desc, m.id desc
        """, new { email, kind, open });

    private async Task<JsonNode> MailAsync(string email, string kind)
    {
        using var sender = Asking(Key);
        var id = (await MailIdsAsync(email, kind, open: true))[0];
        return (await sender.GetFromJsonAsync<JsonObject>($"/internal/mails/{id}"))!;
    }
}
