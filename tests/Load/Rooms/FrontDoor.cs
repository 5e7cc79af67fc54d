using System.Text.Json;
using GroupTherapy.Gateway.Routing;
using GroupTherapy.Host.Processes;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Load.Rooms;

/// <summary>The real gateway in a process of its own before the room nodes, and a stub of Identity that publishes keys and no revocations.</summary>
internal sealed class FrontDoor
{
    public const string OwnProgram = "GroupTherapy.Gateway";
    private static readonly TimeSpan SignInLasts = TimeSpan.FromHours(1);
    private readonly TokenSigner _identity = new("grouptherapy-identity", TimeProvider.System);
    private readonly Uri _internal = new($"http://127.0.0.1:{Engines.FreePort()}");
    private ServerProcess _server = null!;
    private IReadOnlyList<Uri> _rooms = [];
    private string _identityAddress = "";

    public Uri Address => _server.Address;

    public ProcessRef Process => _server.Process;

    /// <summary>Where the room nodes find the keys of the gateway's internal tokens.</summary>
    public string InternalKeys => new Uri(_internal, "/internal/keys").ToString();

    public bool IsGone => !Process.IsAlive;

    public static async Task<FrontDoor> PrepareAsync()
    {
        var door = new FrontDoor();
        door._identity.Use([Es256Key.New(DateTimeOffset.UnixEpoch)]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/internal/keys", () => door._identity.Published());
        app.MapGet("/internal/revocations", () => TypedResults.Ok(new { asOf = TimeProvider.System.GetUtcNow(), items = Array.Empty<object>() }));
        app.MapGet("/health/{kind}", () => TypedResults.Ok());
        await app.StartAsync();
        door._identityAddress = app.Urls.First();
        return door;
    }

    public async Task StartAsync(string program, RabbitEndpoint rabbit, IEnumerable<Uri> rooms)
    {
        _rooms = [.. rooms];
        var (username, password) = rabbit.Account("gateway");
        _server = await ServerProcess.StartAsync(
            [program],
            [],
            address =>
                JsonSerializer.Serialize(
                    new
                    {
                        Service = new { Name = "gateway", Instance = 1 },
                        Gateway = new { Public = address.ToString(), Internal = _internal.ToString() },
                        Identity = new { Address = _identityAddress },
                        Services = new
                        {
                            identity = new[] { _identityAddress },
                            enrollment = new[] { _identityAddress },
                            scheduling = new[] { _identityAddress },
                            room = _rooms,
                        },
                        Bus = new
                        {
                            rabbit.Host,
                            rabbit.Port,
                            Username = username,
                            Password = password,
                        },
                        Demo = true,
                    }
                )
        );
    }

    /// <summary>Tells the gateway to end, as a deployment does before it starts another.</summary>
    public void End() => Process.Send(Signal.Terminate);

    public void Start() => _server.Start();

    public async Task ReadyAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        await Eventually.Async(
            async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode,
            () => "the gateway did not come back",
            TimeSpan.FromSeconds(60)
        );
    }

    /// <summary>An access token such as Identity gives.</summary>
    public string TokenFor(Guid account, string role) =>
        _identity.Sign(
            "grouptherapy",
            SignInLasts,
            new Dictionary<string, object>
            {
                ["sub"] = account.ToString(),
                ["sid"] = account.ToString(),
                ["role"] = new[] { role },
                ["membership"] = role == "member" ? [] : new[] { $"{role}@grouport" },
                ["sie"] = (TimeProvider.System.GetUtcNow() + SignInLasts).ToUnixTimeSeconds(),
            }
        );

    /// <summary>The index of the node that the gateway sends a session to while all are well.</summary>
    public int NodeOf(Guid session)
    {
        var weights = _rooms.Select(node => Rendezvous.Weight(session.ToString(), node.Authority)).ToList();
        return weights.IndexOf(weights.Max());
    }
}
