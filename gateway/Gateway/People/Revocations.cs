using System.Collections.Concurrent;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Resilience;
using MassTransit;
using Polly;

namespace GroupTherapy.Gateway.People;

/// <summary>The sign-ins that were ended before their time and whose tokens would still verify.</summary>
internal sealed class Revocations(TimeProvider clock)
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _until = new();

    /// <summary>False until Identity's list was read once: before that a signed-out token could pass.</summary>
    public bool Known { get; private set; }

    public bool Contains(Guid signIn) => _until.ContainsKey(signIn);

    /// <param name="until">After this its tokens are dead by themselves.</param>
    public void Add(Guid signIn, DateTimeOffset until) => _until[signIn] = until;

    public void Learned()
    {
        Known = true;
        var now = clock.GetUtcNow();
        foreach (var (signIn, until) in _until)
        {
            if (until < now)
            {
                _until.TryRemove(signIn, out _);
            }
        }
    }
}

/// <summary>The quick way: Identity's event.</summary>
internal sealed class SessionRevokedAtGateway(Revocations revocations, TimeProvider clock) : IConsumer<SessionRevoked>
{
    // The event does not say when the sign-in would have ended; an access token lives an hour.
    private static readonly TimeSpan TokensAreDeadAfter = TimeSpan.FromHours(2);

    public Task Consume(ConsumeContext<SessionRevoked> context)
    {
        revocations.Add(context.Message.SignInId, clock.GetUtcNow() + TokensAreDeadAfter);
        return Task.CompletedTask;
    }
}

/// <summary>The sure way: Identity's list every two seconds, broker or no broker. While Identity is away nobody can sign out either.</summary>
internal sealed class RevocationPoll(GatewaySettings settings, PeopleTokens people, Revocations revocations, TimeProvider clock, ILogger<RevocationPoll> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private readonly HttpClient _http = new();
    private readonly ResiliencePipeline _calls = Outbound.Pipeline("revocations", TimeSpan.FromSeconds(2));
    private DateTimeOffset? _asOf;
    private bool _away;

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    internal async Task AskAsync(CancellationToken ct)
    {
        if (!people.CanTell)
        {
            await people.WarmUpAsync(ct);
        }

        var after = _asOf is { } asOf ? $"?after={InstantConverter.Text(asOf)}" : "";
        var list = await _calls.ExecuteAsync(
            async token => await _http.GetFromJsonAsync<RevocationList>(new Uri(settings.Identity, $"/internal/revocations{after}"), ContractJson.Options, token), ct);
        foreach (var ended in list!.Items)
        {
            revocations.Add(ended.SignInId, ended.EndsAt);
        }

        _asOf = list.AsOf;
        revocations.Learned();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await AskAsync(stoppingToken);
                _away = false;
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                if (!_away)
                {
                    log.LogWarning("Identity's revocations cannot be read now ({Kind}); those known stay in force", e.GetType().Name);
                }

                _away = true;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private sealed record RevocationList(DateTimeOffset AsOf, IReadOnlyList<Revoked> Items);

    private sealed record Revoked(Guid SignInId, DateTimeOffset EndsAt);
}
