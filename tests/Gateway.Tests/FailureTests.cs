using System.Net;
using System.Net.WebSockets;
using GroupTherapy.Gateway.Routing;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Gateway.Tests;

/// <summary>Nodes that die and come back. A stage of its own for each test: they take it apart.</summary>
public sealed class FailureTests : IAsyncLifetime
{
    private readonly Stage stage = new();

    public ValueTask InitializeAsync() => stage.InitializeAsync();

    public ValueTask DisposeAsync() => stage.DisposeAsync();

    [Fact]
    public async Task A_service_that_is_down_is_503_to_try_again_others_go_on_and_it_is_back_by_itself()
    {
        using var client = stage.Client();
        await stage.Scheduling.StopAsync();
        for (var i = 0; i < 3; i++)
        {
            using var refused = await client.GetAsync("/api/groups");
            await HeaderTests.ProblemAsync(refused, 503, "try-again");
            Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        }

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/enrollments")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
        await stage.Scheduling.StartAsync();
        await Eventually.Async(async () => (await client.GetAsync("/api/groups")).IsSuccessStatusCode, () => "the service was back and not reached");

        // A broken socket is one short line.
        Assert.Contains(stage.Log.Lines, l => l.Contains("scheduling did not answer: Request (SocketException)", StringComparison.Ordinal));
        Assert.All(stage.Log.Lines, l => Assert.InRange(l.Length, 0, 1000));
    }

    [Fact]
    public async Task All_connections_of_a_session_reach_one_node_and_a_dead_nodes_sessions_move_at_once()
    {
        using var client = stage.Client();
        var sessions = Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7().ToString()).ToList();
        async Task<int> NodeOf(string session)
        {
            using var answer = await client.GetAsync($"/api/sessions/any/room?session={session}");
            return answer.IsSuccessStatusCode ? (int)(await Stage.JsonAsync(answer))["node"]! : 0;
        }

        var before = new Dictionary<string, int>();
        foreach (var session in sessions)
        {
            before[session] = await NodeOf(session);
            Assert.Equal(before[session], await NodeOf(session.ToUpperInvariant()));
        }

        Assert.Equal(new[] { stage.Room1.Port, stage.Room2.Port }.Order(), before.Values.Distinct().Order());
        await stage.Room1.StopAsync();
        var lost = 0;
        foreach (var session in sessions)
        {
            lost += await NodeOf(session) == 0 ? 1 : 0;
        }

        // The first to meet the dead node finds it dead; whoever comes after does not.
        Assert.InRange(lost, 0, 1);
        foreach (var session in sessions)
        {
            Assert.Equal(stage.Room2.Port, await NodeOf(session));
        }

        await stage.Room1.StartAsync();
        await Eventually.Async(
            async () =>
            {
                foreach (var session in sessions)
                {
                    if (await NodeOf(session) != before[session])
                    {
                        return false;
                    }
                }

                return true;
            },
            () => "the sessions did not return to their node");
    }

    [Fact]
    public async Task A_hub_connection_of_a_dead_node_ends_and_its_next_one_is_on_the_other()
    {
        var signIn = await stage.SignInAsync();
        var session = Enumerable.Range(0, 100).Select(i => $"s{i}").First(s =>
            Rendezvous.Weight(s, new Uri(stage.Room1.Address).Authority) > Rendezvous.Weight(s, new Uri(stage.Room2.Address).Authority));
        async Task<(ClientWebSocket Socket, int Node)> ConnectAsync()
        {
            var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Authorization", $"Bearer {signIn.AccessToken}");
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{stage.PublicPort}/hubs/room?session={session}"), CancellationToken.None);
            var buffer = new byte[16384];
            var frame = await socket.ReceiveAsync(buffer, CancellationToken.None);
            return (socket, (int)System.Text.Json.Nodes.JsonNode.Parse(System.Text.Encoding.UTF8.GetString(buffer, 0, frame.Count))!["node"]!);
        }

        var (first, node) = await ConnectAsync();
        Assert.Equal(stage.Room1.Port, node);
        await stage.Room1.StopAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            Assert.Equal(WebSocketMessageType.Close, (await first.ReceiveAsync(new byte[16], limit.Token)).MessageType);
        }
        catch (WebSocketException)
        {
            // Cut without a farewell, as a killed node leaves it.
        }

        first.Dispose();
        var next = await Eventually.ValueAsync(async () => (await ConnectAsync()).Socket, () => "no hub connection after the node's death");
        next.Dispose();
    }

    [Fact]
    public async Task While_Identity_is_away_sign_ins_go_on_and_new_ones_are_refused()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/groups")).StatusCode);
        await stage.StopIdentityAsync();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/groups")).StatusCode);
        using var me = await client.GetAsync("/api/identity/me");
        await HeaderTests.ProblemAsync(me, 503, "try-again");
        stage.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/groups")).StatusCode);
        await stage.StartIdentityAsync();
        await Eventually.Async(async () => (await client.GetAsync("/api/identity/me")).IsSuccessStatusCode, () => "Identity was back and not reached");
    }

    [Fact]
    public void A_nodes_share_moves_only_when_that_node_goes()
    {
        string[] nodes = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"];
        string Pick(string session, IEnumerable<string> of) => of.MaxBy(n => Rendezvous.Weight(session, n))!;
        var sessions = Enumerable.Range(0, 3000).Select(i => $"session {i}").ToList();
        Assert.All(sessions.GroupBy(s => Pick(s, nodes)), g => Assert.InRange(g.Count(), 850, 1150));
        Assert.All(sessions.Where(s => Pick(s, nodes) != nodes[2]), s => Assert.Equal(Pick(s, nodes), Pick(s, nodes.Take(2))));
    }
}
