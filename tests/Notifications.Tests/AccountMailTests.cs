using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Notifications.Consumers;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Mails that Identity asks for: their address and link come at the moment of sending and are stored nowhere.</summary>
public sealed class AccountMailTests : IAsyncLifetime
{
    private readonly MailServer _server = new();
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(_server.Port);

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    public static TheoryData<string> Kinds => [.. MailKinds.OfAccounts.Select(k => k.Code)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_mail_that_Identity_asks_for_goes_out_once_with_its_link_and_leaves_no_trace_of_it(string kind)
    {
        var id = Guid.CreateVersion7();
        _world.Neighbours.Requested[id] = new
        {
            id,
            kind,
            accountId = Guid.CreateVersion7(),
            to = "new@people.test",
            language = "es",
            practice = kind == "invitation" ? "grouport" : null,
            link = "https://groups.test/account/page#the-token",
            expiresAt = _world.Now.AddHours(24),
        };
        await _world.DeliverAsync(new SendWhenMailRequested(_world.Db), new MailRequested(id, kind));
        await _world.DeliverAsync(new SendWhenMailRequested(_world.Db), new MailRequested(id, kind));

        var mail = await _server.MailToAsync("new@people.test");
        Assert.Contains("https://groups.test/account/page#the-token", mail.TextBody);
        Assert.Contains("https://groups.test/account/page#the-token", mail.HtmlBody);
        Assert.Equal(kind == "invitation", mail.TextBody!.Contains("La consulta Grouport", StringComparison.Ordinal));
        Assert.DoesNotContain(mail.Headers, h => h.Value.Contains("the-token", StringComparison.Ordinal));
        Assert.Equal(
            0,
            await _world.Db.FirstOrDefaultAsync<int>(
                "select count(*)::int from mails where mails::text like '%the-token%' or mails::text like '%new@people.test%'"
            )
        );
    }

    [Fact]
    public async Task A_request_that_is_over_when_its_time_comes_is_dropped()
    {
        var id = Guid.CreateVersion7();
        await _world.DeliverAsync(new SendWhenMailRequested(_world.Db), new MailRequested(id, "password-reset"));
        await Eventually.Async(
            async () => await _world.Db.FirstOrDefaultAsync<string>("select state || ' ' || error from mails where kind = 'password-reset'") == "dropped over",
            () => "the mail was not dropped"
        );
        Assert.Empty(_server.Mails);
    }
}
