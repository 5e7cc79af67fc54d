using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GroupTherapy.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;

namespace GroupTherapy.Gateway.Tests;

/// <summary>
/// A gateway before the real Identity and stubs of the other services, two of them rooms, all over real HTTP. The broker is down unless a test brings
/// one.
/// </summary>
public class Stage : IAsyncLifetime
{
    public const string Password = "seven green bottles standing";
    private static int people;
    private readonly string _secrets = Engines.Folder("gateway-secrets");
    private TestDatabase? _database;

    public TestClock Clock { get; } = new() { MovesTimestamps = true };

    public int PublicPort { get; } = Engines.FreePort();

    public int InternalPort { get; } = Engines.FreePort();

    public int IdentityPort { get; } = Engines.FreePort();

    public StubService Enrollment { get; } = new("enrollment", Engines.FreePort());

    public StubService Scheduling { get; } = new("scheduling", Engines.FreePort());

    public StubService Room1 { get; } = new("room", Engines.FreePort());

    public StubService Room2 { get; } = new("room", Engines.FreePort());

    public StubService Notifications { get; } = new("notifications", Engines.FreePort());

    /// <summary>What the gateway and Identity wrote to their logs, at the levels of a deployment.</summary>
    public LogLines Log { get; } = new();

    public WebApplication Gateway { get; private set; } = null!;

    public WebApplication? Identity { get; private set; }

    public string Origin => $"http://127.0.0.1:{PublicPort}";

    /// <summary>Demonstration mode: no limits per address on loopback.</summary>
    protected virtual bool Demo => true;

    /// <summary>Whether staff need a second factor.</summary>
    protected virtual bool SecondFactor => false;

    /// <summary>The folder of the web client; null serves none.</summary>
    protected virtual string? Web => null;

    /// <summary>Further settings of the gateway.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> More => [];

    protected virtual IEnumerable<KeyValuePair<string, string?>> Bus(string service) => [new("Bus:Host", "127.0.0.1"), new("Bus:Port", "1")];

    public virtual async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(
            "identity",
            owner => Migrator.MigrateAsync(owner, "identity", typeof(IdentityApp).Assembly, TimeProvider.System)
        );
        await Task.WhenAll(new[] { Enrollment, Scheduling, Room1, Room2, Notifications }.Select(s => s.StartAsync()));
        await StartIdentityAsync();
        await StartGatewayAsync();
    }

    private async Task StartGatewayAsync()
    {
        Gateway = GatewayApp.Build(
            [],
            Adjust([
                new("Gateway:Public", Origin),
                new("Gateway:Internal", $"http://127.0.0.1:{InternalPort}"),
                new("Identity:Address", $"http://127.0.0.1:{IdentityPort}"),
                new("Services:identity:0", $"http://127.0.0.1:{IdentityPort}"),
                new("Services:enrollment:0", Enrollment.Address),
                new("Services:scheduling:0", Scheduling.Address),
                new("Services:room:0", Room1.Address),
                new("Services:room:1", Room2.Address),
                new("Services:notifications:0", Notifications.Address),
                new("Demo", Demo ? "true" : "false"),
                new("Gateway:Web", Web),
                .. Bus("gateway"),
                .. More,
            ])
        );
        await Gateway.StartAsync();
        using var client = Client();
        await Eventually.Async(async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode, () => "the gateway did not become ready");
    }

    /// <summary>Another process on the same addresses, with new keys and nothing in memory.</summary>
    public async Task ReplaceGatewayAsync()
    {
        await Gateway.StopAsync();
        await Gateway.DisposeAsync();
        await StartGatewayAsync();
    }

    public async Task StartIdentityAsync()
    {
        Identity = IdentityApp.Build(
            [],
            Adjust([
                new("Urls", $"http://127.0.0.1:{IdentityPort}"),
                new("Database:Connection", _database!.Runtime),
                new("Secrets:Directory", _secrets),
                new("Public:Url", Origin),
                new("Accounts:SecondFactor", SecondFactor ? "true" : "false"),
                new("InternalTokens:KeySets:0", $"http://127.0.0.1:{InternalPort}/internal/keys"),
                .. Bus("identity"),
            ])
        );
        await Identity.StartAsync();
    }

    public async Task StopIdentityAsync()
    {
        if (Identity is { } identity)
        {
            Identity = null;
            await identity.StopAsync();
            await identity.DisposeAsync();
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Gateway.StopAsync();
        await Gateway.DisposeAsync();
        await StopIdentityAsync();
        foreach (var stub in new[] { Enrollment, Scheduling, Room1, Room2, Notifications })
        {
            await stub.DisposeAsync();
        }

        await _database!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A client of the public address that keeps no cookies and follows no redirects.</summary>
    /// <param name="from">The client's own loopback address, such as <c>127.0.0.9</c>: limits per address count for it alone.</param>
    public HttpClient Client(string? bearer = null, string? from = null)
    {
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
        if (from is not null)
        {
            handler.ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        var client = new HttpClient(handler) { BaseAddress = new Uri(Origin) };
        if (bearer is not null)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        return client;
    }

    public T Get<T>()
        where T : notnull => Gateway.Services.GetRequiredService<T>();

    /// <summary>Registers somebody new and signs in, through the gateway.</summary>
    public async Task<SignIn> SignInAsync()
    {
        using var client = Client();
        var email = await RegisterAsync(client);
        using var answer = await client.PostAsJsonAsync("/api/identity/login", new { email, password = Password });
        answer.EnsureSuccessStatusCode();
        var body = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return new SignIn(email, (string)body["accessToken"]!, (string)body["refreshToken"]!);
    }

    /// <summary>The session cookie of somebody new, as <c>name=value</c>.</summary>
    public async Task<string> CookieAsync()
    {
        using var client = Client();
        var email = await RegisterAsync(client);
        using var answer = await client.PostAsJsonAsync("/api/identity/login?useCookies=true", new { email, password = Password });
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("Set-Cookie").Single(c => c.Contains("gt_session=", StringComparison.Ordinal)).Split(';')[0];
    }

    /// <summary>A person with a role that only an operator could give.</summary>
    public async Task<SignIn> SignInAsAsync(string role)
    {
        var signIn = await SignInAsync();
        await using var source = Npgsql.NpgsqlDataSource.Create(_database!.Owner);
        await using var change = source.CreateCommand(
            "with a as (update accounts set is_member = $1 = 'member' where email = $2 returning id) "
                + "insert into memberships (account_id, practice, role, since) select id, 'grouport', $1, now() from a where $1 <> 'member'"
        );
        change.Parameters.AddWithValue(role);
        change.Parameters.AddWithValue(signIn.Email);
        await change.ExecuteNonQueryAsync();
        using var client = Client();
        using var answer = await client.PostAsJsonAsync("/api/identity/refresh", new { signIn.RefreshToken });
        var body = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        return new SignIn(signIn.Email, (string)body["accessToken"]!, (string)body["refreshToken"]!);
    }

    public static async Task<JsonObject> JsonAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonObject>())!;

    private static async Task<string> RegisterAsync(HttpClient client)
    {
        var email = $"person{Interlocked.Increment(ref people)}@example.test";
        using var answer = await client.PostAsJsonAsync("/api/identity/register", new { email, password = Password });
        answer.EnsureSuccessStatusCode();
        return email;
    }

    private Action<WebApplicationBuilder> Adjust(IEnumerable<KeyValuePair<string, string?>> settings) =>
        builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            builder.Logging.ClearProviders().AddProvider(Log).AddFilter("MassTransit", LogLevel.None);
        };
}

public sealed record SignIn(string Email, string AccessToken, string RefreshToken)
{
    public JsonWebToken Token => new(AccessToken);
}
