using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GroupTherapy.Load.Rooms;

namespace GroupTherapy.Load.Seats;

/// <summary>The answers to a crowd.</summary>
/// <param name="Seated">How many have a seat now.</param>
/// <param name="InLine">How many wait for one, or were told that there is none.</param>
/// <param name="Failed">Everything else.</param>
/// <param name="Seconds">From the first request to the last answer.</param>
internal sealed record Rush(int Seated, int InLine, int Failed, double Seconds, Histogram Latencies)
{
    public double PerSecond => (Seated + InLine) / Seconds;
}

/// <summary>One connection of a client that asks, waits for the answer, and asks again. As lean as HTTP allows: the generator shares the machine.</summary>
internal sealed class Asker : IDisposable
{
    private static readonly byte[] End = "\r\n\r\n"u8.ToArray();
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<Asker> ConnectAsync(Uri address)
    {
        var asker = new Asker();
        await asker._socket.ConnectAsync(IPAddress.Loopback, address.Port);
        return asker;
    }

    public static byte[] Post(Uri address, string path, string token, string? key, string body) =>
        Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\n{(key is null ? "" : $"Idempotency-Key: {key}\r\n")}"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"
        );

    /// <summary>A closed loop: each connection sends its next request when it has its answer, until the time is over or everybody has asked.</summary>
    public static async Task<Rush> LoopAsync(Uri address, byte[][] requests, int clients, TimeSpan during)
    {
        var (next, began) = (-1, Stopwatch.GetTimestamp());
        return await TogetherAsync(
            address,
            clients,
            () => began = Stopwatch.GetTimestamp(),
            () => began,
            _ => Stopwatch.GetElapsedTime(began) < during && Interlocked.Increment(ref next) is var n && n < requests.Length ? requests[n] : null,
            sentAt: null
        );
    }

    /// <summary>An open loop: everybody asks in the same instant, from which all latencies count.</summary>
    public static Task<Rush> AtOnceAsync(Uri address, byte[][] requests)
    {
        var began = 0L;
        var waiting = requests.ToArray<byte[]?>();
        return TogetherAsync(
            address,
            requests.Length,
            () => began = Stopwatch.GetTimestamp(),
            () => began,
            n => Interlocked.Exchange(ref waiting[n], null),
            () => began
        );
    }

    public void Dispose() => _socket.Dispose();

    private static async Task<Rush> TogetherAsync(Uri address, int clients, Action start, Func<long> began, Func<int, byte[]?> request, Func<long>? sentAt)
    {
        var askers = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => ConnectAsync(address)));
        var (latencies, gate, counts) = (new Histogram(), new Lock(), new int[3]);
        start();
        await Task.WhenAll(
            askers.Select(
                (asker, n) =>
                    Task.Run(async () =>
                    {
                        while (request(n) is { } bytes)
                        {
                            var sent = sentAt?.Invoke() ?? Stopwatch.GetTimestamp();
                            var answer = await asker.AskAsync(bytes);
                            lock (gate)
                            {
                                latencies.Add((long)Stopwatch.GetElapsedTime(sent).TotalMicroseconds);
                                counts[(int)answer]++;
                            }
                        }
                    })
            )
        );
        var seconds = Stopwatch.GetElapsedTime(began()).TotalSeconds;
        foreach (var asker in askers)
        {
            asker.Dispose();
        }

        return new Rush(counts[(int)Answer.Seated], counts[(int)Answer.InLine], counts[(int)Answer.Failed], seconds, latencies);
    }

    private async Task<Answer> AskAsync(byte[] request)
    {
        await _socket.SendAsync(request);
        var filled = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(filled));
            if (read == 0)
            {
                throw new InvalidOperationException("The server hung up.");
            }

            filled += read;
            var head = _buffer.AsSpan(0, filled).IndexOf(End);
            if (head >= 0 && filled >= head + End.Length + LengthOf(_buffer.AsSpan(0, head)))
            {
                return Read(_buffer.AsSpan(0, filled), head);
            }
        }
    }

    private static Answer Read(ReadOnlySpan<byte> answer, int head) =>
        answer["HTTP/1.1 ".Length..].StartsWith("201"u8)
            ? answer[head..].IndexOf("\"status\":\"reserved\""u8) > 0
                ? Answer.Seated
                : Answer.InLine
            : answer["HTTP/1.1 ".Length..].StartsWith("409"u8)
                ? Answer.InLine
                : Answer.Failed;

    private static int LengthOf(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0)
        {
            throw new InvalidOperationException($"An answer without a length: {Encoding.ASCII.GetString(head)}");
        }

        var length = 0;
        foreach (var digit in head[(at + "Content-Length: ".Length)..])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            length = length * 10 + digit - '0';
        }

        return length;
    }

    private enum Answer
    {
        Seated,
        InLine,
        Failed,
    }
}
