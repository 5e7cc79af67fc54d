using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Api;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;
using Microsoft.IdentityModel.JsonWebTokens;

namespace GroupTherapy.Identity.Tests;

/// <summary>Identity running in this process on a database of its own, with a clock that a test may turn.</summary>
public sealed class IdentityInProcess : IAsyncLifetime
{
    public const string Password = "seven green bottles standing";
    private static int people;

    public TestClock Clock { get; } = new();

    public TestDatabase Database { get; private set; } = null!;

    public InProcess Service { get; private set; } = null!;

    public string Secrets { get; } = Engines.Folder("identity-secrets");

    public Db Db => Service.Get<Db>();

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync(
            "identity",
            owner => Migrator.MigrateAsync(owner, "identity", typeof(IdentityApp).Assembly, TimeProvider.System)
        );
        Service = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>One more instance on the same database.</summary>
    public Task<InProcess> StartAsync(string? secrets = null, IEnumerable<KeyValuePair<string, string?>>? more = null, string environment = "Demo") =>
        InProcess.StartAsync(
            IdentityApp.Service,
            adjust =>
                IdentityApp.Build(
                    [],
                    builder =>
                    {
                        builder.Environment.EnvironmentName = environment;
                        adjust(builder);
                    }
                ),
            Database.Runtime,
            Clock,
            [new("Secrets:Directory", secrets ?? Secrets), .. more ?? []]
        );

    public static string NewEmail() => $"person{Interlocked.Increment(ref people)}@example.test";

    public async Task<HttpResponseMessage> PostAsync(string path, object body, HttpClient? client = null)
    {
        using var own = client is null ? Service.Anonymous() : null;
        return await (client ?? own!).PostAsJsonAsync($"/api/identity/{path}", body);
    }

    /// <summary>Registers a new account.</summary>
    public async Task<string> RegisterAsync(string? email = null)
    {
        email ??= NewEmail();
        using var answer = await PostAsync("register", new { email, password = Password });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return email;
    }

    public async Task<SignIn> LoginAsync(string email, string password = Password)
    {
        using var answer = await PostAsync("login", new { email, password });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return SignIn.From(await JsonAsync(answer));
    }

    /// <summary>A client with the internal token that the gateway would send for this sign-in.</summary>
    public HttpClient As(SignIn signIn)
    {
        var client = Service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            Service.Tokens.For("identity", signIn.Account, [.. signIn.Roles], [.. signIn.Practices], signIn.Id)
        );
        return client;
    }

    /// <summary>An operator of this practice invites a person into it.</summary>
    public async Task<(string Email, Guid Account, string Token)> InviteAsync(string role, string practice = "grouport", string? email = null)
    {
        email ??= NewEmail();
        using var client = Service.As(Guid.CreateVersion7(), ["operator"], [practice]);
        using var answer = await PostAsync(
            "accounts",
            new
            {
                email,
                displayName = "Somebody Invited",
                roles = new[] { role },
            },
            client
        );
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var body = await JsonAsync(answer);
        return (email, (Guid)body["id"]!, (string)body["invitation"]!);
    }

    public static async Task<JsonNode> JsonAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonNode>(JsonSerializerOptions.Web))!;

    public Task<IReadOnlyList<string>> OutboxAsync() => Db.QueryAsync<string>("select body::text from outbox order by id");

    public async Task<IReadOnlyList<JsonNode>> EventsAsync(string urn) =>
        [
            .. (await Db.QueryAsync<string>("select body::text from outbox where urn like @like order by id", new { like = $"%:{urn}:%" })).Select(b =>
                JsonNode.Parse(b)!
            ),
        ];
}

/// <summary>What a client holds after signing in, and what its token says.</summary>
public sealed record SignIn(
    string AccessToken,
    string RefreshToken,
    Guid Account,
    Guid Id,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Practices,
    JsonWebToken Token
)
{
    public static SignIn From(JsonNode body)
    {
        var token = new JsonWebToken((string)body["accessToken"]!);
        return new SignIn(
            (string)body["accessToken"]!,
            (string)body["refreshToken"]!,
            Guid.Parse(token.Subject),
            Guid.Parse(token.GetClaim("sid").Value),
            [.. token.Claims.Where(c => c.Type == "role").Select(c => c.Value)],
            [.. token.Claims.Where(c => c.Type == "membership").Select(c => c.Value.Split('@')[1]).Distinct()],
            token
        );
    }

    public string Memberships => string.Join(' ', Token.Claims.Where(c => c.Type == "membership").Select(c => c.Value));
}
