using System.Security.Claims;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.Internal;

/// <summary>
/// Signs the internal token that services trust instead of the caller's own token: valid for one service and two minutes.
/// Keys live in memory and rotate every 12 hours. After a restart the services fetch the new key when they first see its id.
/// </summary>
internal sealed class InternalTokens(TimeProvider clock) : BackgroundService
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);
    public static readonly KeySchedule Schedule = new(Period: TimeSpan.FromHours(12), Lead: TimeSpan.FromMinutes(15), KeptFor: TimeSpan.FromMinutes(5));
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly string[] Passed = ["role", Caller.MembershipClaim, Caller.StandingClaim, Caller.MethodClaim, Caller.FlagClaim];
    private readonly TokenSigner _signer = new(InternalTokenAuthentication.Issuer, clock);

    public PublicKeySet Published => _signer.Published();

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Rotate();
        return base.StartAsync(cancellationToken);
    }

    /// <summary>The gateway in its own name: a subject that no account has, and no role.</summary>
    public string ForGateway(string service) => _signer.Sign(service, Lifetime, new Dictionary<string, object> { ["sub"] = "gateway" });

    /// <param name="services">The service called; after it, one that it passes the token on to.</param>
    /// <param name="source">The caller's address, where no header of ours will tell it.</param>
    public string For(ClaimsPrincipal person, IReadOnlyList<string> services, string? source = null)
    {
        var claims = new Dictionary<string, object>
        {
            ["sub"] = person.FindFirstValue("sub")!,
            ["sid"] = person.FindFirstValue("sid")!,
            ["sie"] = long.TryParse(person.FindFirstValue("sie"), out var end) ? end : 0,
            [Caller.AuthenticatedClaim] = long.TryParse(person.FindFirstValue(Caller.AuthenticatedClaim), out var at) ? at : 0,
        };
        foreach (var type in Passed)
        {
            claims[type] = person.FindAll(type).Select(c => c.Value).ToArray();
        }

        if (source is not null)
        {
            claims[Caller.SourceClaim] = source;
        }

        return _signer.Sign(services, Lifetime, claims);
    }

    /// <summary>Creates a key that is due and removes keys that no valid token uses.</summary>
    internal void Rotate()
    {
        var now = clock.GetUtcNow();
        var all = _signer.Keys.Select(k => k.SignsFrom).ToList();
        var dead = Schedule.Dead(all, all, now);
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
