using System.Net.Http.Headers;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GroupTherapy.Tests.Support;

/// <summary>Stands for the gateway in a service's tests: signs internal tokens that the service under test trusts.</summary>
public sealed class TestTokens
{
    private readonly TimeProvider _clock;

    public TestTokens(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        Signer = new TokenSigner(InternalTokenAuthentication.Issuer, _clock);
        Signer.Use([Es256Key.New(DateTimeOffset.UnixEpoch)]);
    }

    public TokenSigner Signer { get; }

    /// <summary>Every role in every practice.</summary>
    public string For(string service, Guid account, string[] roles, string[]? practices = null, Guid? signIn = null, TimeSpan? signInLasts = null) =>
        With(
            service,
            account,
            roles,
            [.. from practice in practices ?? [] from role in roles where role != "member" select $"{role}@{practice}"],
            signIn,
            signInLasts
        );

    /// <param name="standings">Of an operator; an independent one since ever when left out.</param>
    /// <param name="memberships">Each <c>role@practice</c>.</param>
    /// <param name="authenticatedAt">Just now when left out.</param>
    /// <param name="methods">How the person signed in (<c>amr</c>).</param>
    /// <param name="flags">Values of <see cref="Caller.FlagClaim"/>.</param>
    public string With(
        string service,
        Guid account,
        string[] roles,
        string[] memberships,
        Guid? signIn = null,
        TimeSpan? signInLasts = null,
        string[]? standings = null,
        DateTimeOffset? authenticatedAt = null,
        string[]? flags = null,
        string[]? methods = null
    ) =>
        Signer.Sign(
            service,
            TimeSpan.FromMinutes(2),
            new Dictionary<string, object>
            {
                ["sub"] = account.ToString(),
                ["sid"] = (signIn ?? account).ToString(),
                ["role"] = roles,
                [Caller.MembershipClaim] = memberships,
                [Caller.StandingClaim] =
                    standings ?? [.. memberships.Where(m => m.StartsWith("operator@", StringComparison.Ordinal)).Select(m => $"{m[9..]}:{account}:0")],
                ["sie"] = (_clock.GetUtcNow() + (signInLasts ?? TimeSpan.FromHours(8))).ToUnixTimeSeconds(),
                [Caller.AuthenticatedClaim] = (authenticatedAt ?? _clock.GetUtcNow()).ToUnixTimeSeconds(),
                [Caller.FlagClaim] = flags ?? [],
                [Caller.MethodClaim] = methods ?? [],
            }
        );
}

/// <summary>A service running inside the test process on a free loopback port, with its real database and real HTTP.</summary>
public sealed class InProcess : IAsyncDisposable
{
    private readonly string _service;

    private InProcess(string service, WebApplication app, TestTokens tokens)
    {
        (_service, App, Tokens) = (service, app, tokens);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public TestTokens Tokens { get; }

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    /// <param name="build">The service's own <c>Build(args, adjust)</c>.</param>
    /// <param name="settings">More settings, such as <c>Times:SeatHold</c>.</param>
    public static async Task<InProcess> StartAsync(
        string service,
        Func<Action<WebApplicationBuilder>, WebApplication> build,
        string connection,
        TimeProvider? clock = null,
        IEnumerable<KeyValuePair<string, string?>>? settings = null
    )
    {
        var tokens = new TestTokens(clock);
        var app = build(builder =>
        {
            builder.Configuration.AddInMemoryCollection([
                new("Urls", "http://127.0.0.1:0"),
                new("Database:Connection", connection),
                new("Service:Instance", "1"),
                new("Bus:Host", "127.0.0.1"),
                new("Bus:Port", "1"),
                new("Work:PollSeconds", "0.25"),
                .. settings ?? [],
            ]);
            if (clock is not null)
            {
                builder.Services.Replace(ServiceDescriptor.Singleton(clock));
            }

            builder.Services.AddSingleton(KeyRing.Of(tokens.Signer, clock ?? TimeProvider.System, NullLogger.Instance));
            builder.Services.Configure<LoggerFilterOptions>(o =>
            {
                o.Rules.Clear();
                o.MinLevel = Environment.GetEnvironmentVariable("GT_TEST_LOG") is { } level ? Enum.Parse<LogLevel>(level) : LogLevel.Error;
            });
        });
        await app.StartAsync();
        return new InProcess(service, app, tokens);
    }

    public HttpClient Anonymous() => new() { BaseAddress = Address };

    public HttpClient As(Guid account, params string[] roles) => As(account, roles, ["grouport", "chicago", "platform"]);

    public HttpClient As(Guid account, string[] roles, string[] practices)
    {
        // A token lives two minutes by the service's clock, which a test moves: each request carries a new one, as through the gateway.
        return new HttpClient(new Fresh(() => Tokens.For(_service, account, roles, practices))) { BaseAddress = Address };
    }

    /// <summary>An account with other roles in each practice.</summary>
    public HttpClient As(Guid account, IReadOnlyDictionary<string, string[]> rolesByPractice) =>
        new(
            new Fresh(() =>
                Tokens.With(
                    _service,
                    account,
                    [.. rolesByPractice.Values.SelectMany(r => r).Distinct()],
                    [.. rolesByPractice.SelectMany(p => p.Value, (p, role) => $"{role}@{p.Key}")]
                )
            )
        )
        {
            BaseAddress = Address,
        };

    /// <summary>An operator of one practice with a standing of their own.</summary>
    /// <param name="principal">Whose word it repeats.</param>
    /// <param name="since">Since when the practice is operated.</param>
    public HttpClient AsOperator(Guid account, string practice, Guid principal, DateTimeOffset since) =>
        new(
            new Fresh(() =>
                Tokens.With(_service, account, ["operator"], [$"operator@{practice}"], standings: [$"{practice}:{principal}:{since.ToUnixTimeSeconds()}"])
            )
        )
        {
            BaseAddress = Address,
        };

    private sealed class Fresh(Func<string> token) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token());
            return base.SendAsync(request, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
