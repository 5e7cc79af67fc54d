using System.Collections.Concurrent;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Resilience;
using MassTransit;
using Polly;

namespace GroupTherapy.Gateway.Authentication;

/// <summary>Sign-ins that were ended early and whose access tokens have not expired yet.</summary>
internal sealed class Revocations(TimeProvider clock)
{
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _until = new();

    /// <summary>False until Identity's list was read once: before that a revoked token could pass.</summary>
    public bool IsLoaded { get; private set; }

    public bool Contains(Guid signIn) => _until.ContainsKey(signIn);

    /// <param name="until">When the last access token of the sign-in expires.</param>
    public void Add(Guid signIn, DateTimeOffset until) => _until[signIn] = until;

    public void MarkLoaded()
    {
        IsLoaded = true;
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

/// <summary>Adds a revocation when Identity publishes it: usually within milliseconds.</summary>
internal sealed class SessionRevokedAtGateway(Revocations revocations, TimeProvider clock) : IConsumer<SessionRevoked>
{
    // The event does not carry the end of the sign-in. An access token lives one hour.
    private static readonly TimeSpan TokensExpireWithin = TimeSpan.FromHours(2);

    public Task Consume(ConsumeContext<SessionRevoked> context)
    {
        revocations.Add(context.Message.SignInId, clock.GetUtcNow() + TokensExpireWithin);
        return Task.CompletedTask;
    }
}

/// <summary>Reads Identity's list of revocations every two seconds, so that a sign-out counts while RabbitMQ is down.</summary>
internal sealed class RevocationPoll(
    GatewaySettings settings,
    AccessTokenValidator validator,
    Revocations revocations,
    TimeProvider clock,
    ILogger<RevocationPoll> log
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private readonly HttpClient _http = new();
    private readonly ResiliencePipeline _calls = Outbound.Pipeline("revocations", TimeSpan.FromSeconds(2));
    private DateTimeOffset? _asOf;
    private bool _isDown;

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    internal async Task PollAsync(CancellationToken ct)
    {
        if (!validator.HasKeys)
        {
            await validator.WarmUpAsync(ct);
        }

        var after = _asOf is { } asOf ? $"?after={InstantConverter.Text(asOf)}" : "";
        var list = await _calls.ExecuteAsync(
            async token =>
                await _http.GetFromJsonAsync<RevocationList>(new Uri(settings.Identity, $"/internal/revocations{after}"), ContractJson.Options, token),
            ct
        );
        foreach (var ended in list!.Items)
        {
            revocations.Add(ended.SignInId, ended.EndsAt);
        }

        _asOf = list.AsOf;
        revocations.MarkLoaded();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await PollAsync(stoppingToken);
                _isDown = false;
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                if (!_isDown)
                {
                    log.LogWarning("Identity's revocations cannot be read now ({Kind}); those known stay in force", e.GetType().Name);
                }

                _isDown = true;
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private sealed record RevocationList(DateTimeOffset AsOf, IReadOnlyList<Revoked> Items);

    private sealed record Revoked(Guid SignInId, DateTimeOffset EndsAt);
}
