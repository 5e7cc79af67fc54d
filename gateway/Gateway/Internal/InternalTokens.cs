using System.Security.Claims;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.Internal;

/// <summary>
/// What the services trust instead of the person's own token: who asks, signed by this process for one service, good for two minutes.
/// The keys live in memory and change twice a day; a restarted gateway has a new one, which the services fetch when they first meet it.
/// </summary>
internal sealed class InternalTokens(TimeProvider clock) : BackgroundService
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);
    public static readonly KeySchedule Schedule = new(Period: TimeSpan.FromHours(12), Lead: TimeSpan.FromMinutes(15), KeptFor: TimeSpan.FromMinutes(5));
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly string[] Passed = ["role", "practice"];
    private readonly TokenSigner _signer = new(InternalTokenAuthentication.Issuer, clock);

    public PublicKeySet Published => _signer.Published();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Rotate();
        return base.StartAsync(cancellationToken);
    }

    /// <param name="services">The service called; after it, one that it passes the token on to.</param>
    public string For(ClaimsPrincipal person, IReadOnlyList<string> services)
    {
        var claims = new Dictionary<string, object>
        {
            ["sub"] = person.FindFirstValue("sub")!,
            ["sid"] = person.FindFirstValue("sid")!,
            ["sie"] = long.TryParse(person.FindFirstValue("sie"), out var end) ? end : 0,
        };
        foreach (var type in Passed)
        {
            claims[type] = person.FindAll(type).Select(c => c.Value).ToArray();
        }

        return _signer.Sign(services, Lifetime, claims);
    }

    /// <summary>Makes a key that is due and forgets those that no living token names.</summary>
    internal void Rotate()
    {
        var now = clock.GetUtcNow();
        var dead = Schedule.Dead([.. _signer.Keys.Select(k => k.SignsFrom)], now);
        var keys = _signer.Keys.Where(k => !dead.Contains(k.SignsFrom)).ToList();
        if (Schedule.Due([.. keys.Select(k => k.SignsFrom)], now) is { } due)
        {
            keys.Add(Es256Key.New(due));
        }

        _signer.Use(keys);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Rotate();
        }
    }
}

internal static class InternalTokensSetup
{
    public static void AddInternalTokens(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<InternalTokens>();
        builder.Services.AddHostedService(services => services.GetRequiredService<InternalTokens>());
    }

    /// <summary><c>GET /internal/keys</c>, on the internal listener alone.</summary>
    public static void MapInternalKeys(this IEndpointRouteBuilder app) =>
        app.MapGet("/internal/keys", (InternalTokens tokens) => TypedResults.Ok(tokens.Published)).ForAnyone().ExcludeFromDescription();
}
