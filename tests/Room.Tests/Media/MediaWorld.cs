using System.Text.Json;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>Rooms with real media servers, and people whose sound and pictures really flow.</summary>
public sealed class MediaWorld : IAsyncDisposable
{
    private MediaWorld(RoomWorld rooms, IReadOnlyList<OwnEngine<JanusEngine>> janus, MediaPeers peers) => (Rooms, Janus, Peers) = (rooms, janus, peers);

    public RoomWorld Rooms { get; }

    public IReadOnlyList<OwnEngine<JanusEngine>> Janus { get; }

    public MediaPeers Peers { get; }

    public static async Task<MediaWorld> StartAsync(int nodes = 1, int media = 1, CoturnEngine? relay = null, (string Name, string Value)[]? settings = null)
    {
        var janus = await Task.WhenAll(Enumerable.Range(1, media).Select(n => MediaEngines.JanusAsync($"janus-{n}")));
        var rooms = await RoomWorld.StartAsync(nodes, settings: [.. MediaEngines.Settings(janus.Select(j => j.Endpoint), relay), .. settings ?? []]);
        return new MediaWorld(rooms, janus, await MediaPeers.StartAsync());
    }

    public ProcessRef NodeOf(string name) => Janus.First(j => j.Endpoint.Options.Name == name).Process;

    /// <summary>A live session whose people all send and receive.</summary>
    public async Task<(Evening Evening, MediaPerson Lead, MediaPerson[] Members)> CallAsync(int members)
    {
        var evening = await Rooms.EveningAsync();
        var (lead, clients) = await evening.LiveAsync(members);
        List<MediaPerson> people = [new(this, lead), .. clients.Select(c => new MediaPerson(this, c))];
        foreach (var person in people)
        {
            await person.PublishAsync();
            await person.ReceiveAsync(people.Where(p => p != person));
        }

        foreach (var person in people)
        {
            foreach (var other in people.Where(p => p != person))
            {
                await person.GetsAsync(other, "audio");
                await person.GetsAsync(other, "video");
            }
        }

        return (evening, people[0], [.. people.Skip(1)]);
    }

    public async ValueTask DisposeAsync()
    {
        await Peers.DisposeAsync();
        await Rooms.DisposeAsync();
        foreach (var janus in Janus)
        {
            await janus.DisposeAsync();
        }
    }
}

/// <summary>One person with a hub connection and real peer connections, behaving as a page does: it answers every offer.</summary>
public sealed class MediaPerson
{
    private readonly MediaWorld _world;
    private const string TwoSizes = "a=rid:h send\r\na=rid:l send\r\na=simulcast:send h;l\r\n";
    private readonly SemaphoreSlim _negotiating = new(1);
    private Dictionary<string, (Guid Who, string Kind)> _streams = [];

    public MediaPerson(MediaWorld world, RoomClient client)
    {
        (_world, Client) = (world, client);
        ComesBackWith(client);
    }

    public RoomClient Client { get; private set; }

    public Guid Id => Client.ParticipantId;

    /// <summary>Of the connection that sends.</summary>
    public string Ufrag { get; private set; } = "";

    private string Name => Id.ToString();

    /// <summary>The same page has another hub connection; its peer connections live on.</summary>
    public void ComesBackWith(RoomClient client)
    {
        Client = client;
        client.MediaTold = told =>
        {
            if (told.GetProperty("type").GetString() == "offer")
            {
                _ = Task.Run(() => AnswerAsync(told));
            }
        };
    }

    /// <param name="relay">Servers through which alone media may go.</param>
    /// <param name="sizes">The picture is said to come in two sizes, as a browser's does.</param>
    /// <param name="connecting">Happens once the server has answered, before the connection is up.</param>
    public async Task<JsonElement> PublishAsync(
        bool audio = true,
        bool video = true,
        JsonElement? relay = null,
        bool sizes = false,
        Func<Task>? connecting = null
    )
    {
        var offer = await _world.Peers.DoAsync(
            "offer",
            new
            {
                peer = Name,
                audio,
                video,
                relay = relay is not null,
                iceServers = relay,
            }
        );
        var sdp = offer.GetProperty("sdp").GetString()! + (sizes ? TwoSizes : "");
        Ufrag = sdp.Split('\n').First(l => l.StartsWith("a=ice-ufrag:", StringComparison.Ordinal))["a=ice-ufrag:".Length..].Trim();
        var answer = await Client.CallAsync("Publish", new { sdp });
        await (connecting?.Invoke() ?? Task.CompletedTask);
        await _world.Peers.DoAsync("answered", new { peer = Name, sdp = answer.GetProperty("sdp").GetString() });
        return answer;
    }

    public async Task ReceiveAsync(IEnumerable<MediaPerson> others, bool? fresh = null)
    {
        var answer = await Client.CallAsync("Subscribe", new { participantIds = others.Select(o => o.Id), fresh });
        await AnswerAsync(answer);
    }

    /// <param name="most">How large pictures may be.</param>
    public Task<JsonElement> AsksForAsync(IEnumerable<MediaPerson> others, string most) =>
        Client.CallAsync("Subscribe", new { participantIds = others.Select(o => o.Id), most });

    /// <summary>Whether this person was told last that a device of another who sends is on, or off.</summary>
    public bool SeesDeviceOf(MediaPerson who, string device, bool isOn) =>
        Client.Media.LastOrDefault(m => m.GetProperty("type").GetString() == "publishers") is { ValueKind: JsonValueKind.Object } told
        && told.GetProperty("participants")
            .EnumerateArray()
            .Any(p => p.GetProperty("participantId").GetGuid() == who.Id && p.GetProperty(device).GetBoolean() == isOn);

    /// <summary>Packets to this person get lost on the way from now on.</summary>
    public async Task LosesAsync(int percent) => await _world.Peers.DoAsync("lose", new { peer = Name, percent });

    public async Task StopAsync() => await _world.Peers.DoAsync("close", new { peer = Name });

    /// <summary>Packets received from a participant so far.</summary>
    public async Task<int> CountAsync(MediaPerson of, string kind)
    {
        var stats = await _world.Peers.DoAsync("stats", new { peer = Name });
        var mids = _streams.Where(s => s.Value == (of.Id, kind)).Select(s => s.Key);
        return mids.Sum(mid => stats.GetProperty("counts").TryGetProperty(mid, out var count) ? count.GetInt32() : 0);
    }

    /// <summary>Packets of a participant arrive, from now on.</summary>
    public async Task GetsAsync(MediaPerson of, string kind, TimeSpan? within = null)
    {
        var before = await CountAsync(of, kind);
        await Eventually.Async(async () => await CountAsync(of, kind) > before + 3, () => $"no {kind} arrives", within);
    }

    /// <summary>No packets of a participant arrive any more: none in half a second.</summary>
    public async Task GetsNothingAsync(MediaPerson of, string kind, TimeSpan? within = null)
    {
        var (last, since) = (-1, TimeProvider.System.GetTimestamp());
        await Eventually.Async(
            async () =>
            {
                var count = await CountAsync(of, kind);
                if (count != last)
                {
                    (last, since) = (count, TimeProvider.System.GetTimestamp());
                }

                return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromMilliseconds(500);
            },
            () => $"{kind} still arrives",
            within
        );
    }

    private async Task AnswerAsync(JsonElement offer)
    {
        await _negotiating.WaitAsync();
        try
        {
            if (offer.GetProperty("sdp").GetString() is not { } sdp)
            {
                return;
            }

            _streams = offer
                .GetProperty("streams")
                .EnumerateArray()
                .ToDictionary(s => s.GetProperty("mid").GetString()!, s => (s.GetProperty("participantId").GetGuid(), s.GetProperty("kind").GetString()!));
            var answer = await _world.Peers.DoAsync(
                "receive",
                new
                {
                    peer = Name,
                    sdp,
                    fresh = offer.GetProperty("fresh").GetBoolean(),
                }
            );
            await Client.CallAsync("Answer", new { sdp = answer.GetProperty("sdp").GetString() });
        }
        finally
        {
            _negotiating.Release();
        }
    }
}
