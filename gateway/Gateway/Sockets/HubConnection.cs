using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GroupTherapy.Gateway.Sockets;

/// <summary>A room node that has accepted a WebSocket upgrade.</summary>
/// <param name="Headers">Headers of its answer, by name without regard to case.</param>
/// <param name="Early">Bytes that the node sent right behind its answer.</param>
internal sealed record HubConnection(HubSplice Splice, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Early) : IDisposable
{
    private const int LargestHead = 8 * 1024;

    /// <summary>Connects, sends the request, and reads the head of the answer.</summary>
    /// <returns>Null when the node cannot be reached or does not answer with 101.</returns>
    public static async Task<HubConnection?> OpenAsync(SpliceLoop loop, Uri node, byte[] request, CancellationToken ct)
    {
        HubSplice? splice = null;
        HubConnection? opened = null;
        try
        {
            splice = await HubSplice.ConnectAsync(loop, await EndPointAsync(node, ct), ct);
            await splice.SendAsync(request, ct);
            var (buffer, length) = (new byte[LargestHead], 0);
            while (length < buffer.Length && await splice.ReceiveAsync(buffer.AsMemory(length), ct) is > 0 and var received)
            {
                length += received;
                if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) is >= 0 and var end)
                {
                    opened = Accepted(Encoding.Latin1.GetString(buffer, 0, end)) is { } headers
                        ? new HubConnection(splice, headers, buffer.AsMemory(end + 4, length - end - 4).ToArray())
                        : null;
                    break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The caller tries the ordinary way, which finds the same and says so.
        }
        finally
        {
            if (opened is null)
            {
                splice?.Dispose();
            }
        }

        return opened;
    }

    public void Dispose() => Splice.Dispose();

    /// <returns>The headers of an answer with status 101; null for any other.</returns>
    internal static IReadOnlyDictionary<string, string>? Accepted(string head)
    {
        var lines = head.Split("\r\n");
        if (!lines[0].StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        return headers;
    }

    private static async ValueTask<IPEndPoint> EndPointAsync(Uri node, CancellationToken ct) =>
        new(IPAddress.TryParse(node.Host.Trim('[', ']'), out var address) ? address : (await Dns.GetHostAddressesAsync(node.Host, ct))[0], node.Port);
}
