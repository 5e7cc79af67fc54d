using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;

namespace GroupTherapy.Load.Edge;

/// <summary>How long after a person signs out their last hub connection is closed, through the gateway.</summary>
internal static class Logout
{
    private const double GoalSeconds = 1;
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(20);

    /// <param name="tokens">Of one person each; every one opens some connections and signs out.</param>
    public static async Task MeasureAsync(Uri gateway, IReadOnlyList<string> tokens)
    {
        var times = new List<double>();
        foreach (var token in tokens)
        {
            times.Add(await OnceAsync(gateway, token));
        }

        times.Sort();
        var (median, worst) = (times[times.Count / 2], times[^1]);
        var verdict = worst <= GoalSeconds ? "met" : "missed";
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Logout to the last of 3 connections closed, {times.Count} people: median {median:0.000} s, worst {worst:0.000} s; "
                    + $"goal {GoalSeconds:0} s {verdict}"
            )
        );
    }

    private static async Task<double> OnceAsync(Uri gateway, string token)
    {
        using var limit = new CancellationTokenSource(Most);
        using var http = new HttpClient { BaseAddress = gateway };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var sockets = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => OpenAsync(gateway, token, limit.Token)));
        using var answer = await http.PostAsJsonAsync("/api/identity/logout", new { }, limit.Token);
        answer.EnsureSuccessStatusCode();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(sockets.Select(s => ClosedAsync(s, limit.Token)));
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task<ClientWebSocket> OpenAsync(Uri gateway, string token, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        await socket.ConnectAsync(new Uri($"ws://{gateway.Authority}/hubs/room?session={Guid.CreateVersion7()}"), ct);
        await socket.SendAsync(Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, ct);
        // The handshake's answer: the connection is the hub's from here on.
        await socket.ReceiveAsync(new byte[256], ct);
        return socket;
    }

    private static async Task ClosedAsync(ClientWebSocket socket, CancellationToken ct)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[4096];
                while ((await socket.ReceiveAsync(buffer, ct)).MessageType != WebSocketMessageType.Close) { }
            }
            catch (WebSocketException)
            {
                // Cut without a close frame: closed all the same.
            }
        }
    }
}
