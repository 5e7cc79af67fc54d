using System.Net;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Web;

/// <summary>The server has the COMMIT, and its answer never arrives: the outcome is unknown to the service, and the key settles it.</summary>
public sealed class LostCommitTests : IAsyncLifetime
{
    private readonly string _key = $"{Guid.CreateVersion7()}";
    private ToyDatabase _database = null!;
    private FaultProxy _proxy = null!;
    private InProcess _service = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await ToyDatabase.CreateAsync();
        var direct = new NpgsqlConnectionStringBuilder(_database.Runtime);
        _proxy = await FaultProxy.BeforeAsync(direct.Port);
        direct.Port = _proxy.Port;
        _service = await InProcess.StartAsync(ToyApp.Service, ToyApp.Build, direct.ConnectionString, _database.Clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Asked_again_after_the_commit_it_answers_what_was_done()
    {
        using var http = _service.As(Guid.CreateVersion7(), "member");
        await using (await _database.HoldCommitsOfAsync("toy"))
        {
            await LoseTheAnswerAsync(http);
        }

        await Eventually.Async(async () => await _database.ThingsAsync("toy") == 1, () => "the commit that nobody heard of did not happen");

        await OneEffectAsync(await UntilAnsweredAsync(http));
    }

    [Fact]
    public async Task Asked_again_while_the_commit_still_runs_it_waits_and_answers_what_was_done()
    {
        using var http = _service.As(Guid.CreateVersion7(), "member");
        Task<Answer> again;
        await using (await _database.HoldCommitsOfAsync("toy"))
        {
            await LoseTheAnswerAsync(http);
            again = UntilAnsweredAsync(http);
            await _database.WaitingSessionsAsync(2);
        }

        await OneEffectAsync(await again);
    }

    private async Task LoseTheAnswerAsync(HttpClient http)
    {
        var first = http.MakeAsync("toy", _key);
        await _database.WaitingSessionsAsync(1);
        await _proxy.TellAsync("reset");

        var told = await first;
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "try-again"), (told.Status, told.Code));
        Assert.NotNull(told.RetryAfter);
        Assert.DoesNotContain("Nothing was changed", told.Text, StringComparison.Ordinal);
    }

    // A client repeats with its key for as long as it is told to try again; the pool's other broken connections may cost it a few rounds.
    private Task<Answer> UntilAnsweredAsync(HttpClient http) =>
        Eventually.ValueAsync(
            async () => await http.MakeAsync("toy", _key) is { Status: not HttpStatusCode.ServiceUnavailable } answer ? answer : null,
            () => "the service did not come back to its database"
        );

    private async Task OneEffectAsync(Answer answer)
    {
        Assert.Equal((HttpStatusCode.Created, true), (answer.Status, answer.Replayed));
        Assert.Equal(1, await _database.ThingsAsync("toy"));
        Assert.Equal((Guid)answer.Json["id"]!, await _database.AskAsync<Guid>("select id from things"));
        Assert.Equal(1, await _database.CountAsync("outbox"));
        Assert.Equal(1, await _database.AskAsync<long>("select count(*) from audit_entries where act = 'thing.made'"));
    }
}
