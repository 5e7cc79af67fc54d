using System.Text.Json;
using GroupTherapy.Host.Engines;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Load.Media;

/// <summary>Packets that came to everybody of one program in one window.</summary>
internal sealed record Packets(long Received, long Lost, int Streams, int Silent)
{
    public static Packets operator +(Packets a, Packets b) => new(a.Received + b.Received, a.Lost + b.Lost, a.Streams + b.Streams, a.Silent + b.Silent);
}

/// <summary>When one person began to enter, saw the first picture, saw all; milliseconds of one clock, null for not yet.</summary>
internal sealed record CallTimes(double? BeganAt, double? EnteredAt, double? FirstAt, double? AllAt, double? MovedAt, string? Error);

/// <summary>People in calls, played by one Node program: through the hub, or straight at a media server.</summary>
internal sealed class CallPeople(MediaPeers program, OurSide ours) : IAsyncDisposable
{
    private static readonly TimeSpan Patient = TimeSpan.FromMinutes(2);
    private bool _isEnded;

    public int Pid => program.Pid;

    public static async Task<CallPeople> StartAsync(OurSide ours) => new(await MediaPeers.StartAsync("crowd"), ours);

    public static string NameOf(int room, int person) => $"{room}/{person}";

    /// <summary>A person with a ticket; the others of the room are expected to be there.</summary>
    public async Task AddAsync(int room, int person, IEnumerable<int> others)
    {
        var pass = ours.PassOf(new Seat(room, person, room % 2));
        await program.DoAsync(
            "add",
            new
            {
                name = NameOf(room, person),
                me = pass.Participant,
                others = others.Where(o => o != person).Select(o => ours.ParticipantOf(room, o)),
                url = $"ws://127.0.0.1:{pass.Address.Port}/hubs/room?session={pass.Session}",
                headers = new { Authorization = $"Bearer {pass.Token}" },
                ticket = pass.Ticket,
            }
        );
    }

    /// <summary>People of a room of a media server alone.</summary>
    public async Task AddPlainAsync(string room, int people)
    {
        foreach (var person in Enumerable.Range(0, people))
        {
            await program.DoAsync(
                "add",
                new
                {
                    name = $"{room}/{person}",
                    me = $"p{person}",
                    others = Enumerable.Range(0, people).Where(o => o != person).Select(o => $"p{o}"),
                    room,
                }
            );
        }
    }

    public Task ConnectPlainAsync(JanusEngine node) => program.DoAsync("plain", new { url = node.WebSocket, secret = node.Options.Secrets.Api });

    public Task PublishAsync(IEnumerable<string> names) => program.DoAsync("publish", new { names }, Patient);

    public Task SubscribeAsync(IEnumerable<string> names) => program.DoAsync("subscribe", new { names }, Patient);

    public Task EnterAsync(string name) => program.DoAsync("enter", new { name }, Patient);

    public Task ForgetAsync(IEnumerable<string> names) => program.DoAsync("forget", new { names });

    /// <returns>Milliseconds of the program's clock at which it was called, and answered.</returns>
    public async Task<(double CalledAt, double AnsweredAt)> CallAsync(string name, string target, object argument)
    {
        var told = await program.DoAsync(
            "call",
            new
            {
                name,
                target,
                argument,
            }
        );
        return (told.GetProperty("calledAt").GetDouble(), told.GetProperty("answeredAt").GetDouble());
    }

    /// <summary>When the last packet of a participant came to any of these.</summary>
    public async Task<(double At, double Now)> LastAsync(IEnumerable<string> names, Guid from, string kind)
    {
        var told = await program.DoAsync(
            "last",
            new
            {
                names,
                from,
                kind,
            }
        );
        return (told.GetProperty("at").EnumerateArray().Max(x => x.GetDouble()), told.GetProperty("now").GetDouble());
    }

    public async Task<(IReadOnlyList<CallTimes> Times, double Now)> TimesAsync(IEnumerable<string> names)
    {
        var told = await program.DoAsync("times", new { names });
        return (told.GetProperty("times").Deserialize<CallTimes[]>(JsonSerializerOptions.Web)!, told.GetProperty("now").GetDouble());
    }

    public async Task<Packets> CountAsync()
    {
        var told = await program.DoAsync("count", new { });
        return new Packets(
            told.GetProperty("packets").GetInt64(),
            told.GetProperty("lost").GetInt64(),
            told.GetProperty("streams").GetInt32(),
            told.GetProperty("silent").GetInt32()
        );
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isEnded, true) ? ValueTask.CompletedTask : program.DisposeAsync();
}
