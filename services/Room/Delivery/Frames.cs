using System.Buffers;
using System.Text;
using System.Text.Json;
using GroupTherapy.Room.Domain;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Delivery;

/// <summary>Frames that the server sends by itself, written once in the hub's JSON protocol.</summary>
internal static class Frames
{
    /// <summary>A frame is closed when it has grown to this many bytes; a single event may be larger.</summary>
    public const int FullAt = 32 * 1024;

    private static readonly byte[] EventsHead = Encoding.UTF8.GetBytes("""{"type":1,"target":"events","arguments":[[""");
    private static readonly byte[] EventsTail = [.. "]]}"u8, 0x1e];

    public static SerializedHubMessage Events(IReadOnlyList<WireEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>(EventsHead.Length + EventsTail.Length + events.Sum(e => e.Json.Length + 1));
        buffer.Write(EventsHead);
        for (var i = 0; i < events.Count; i++)
        {
            if (i > 0)
            {
                buffer.Write(","u8);
            }

            buffer.Write(events[i].Json.Span);
        }

        buffer.Write(EventsTail);
        return Serialized(buffer.WrittenSpan.ToArray());
    }

    public static SerializedHubMessage Ended(string reason) =>
        Serialized([
            .. JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    type = 1,
                    target = "ended",
                    arguments = new object[] { new { reason, terminal = EndReasons.IsTerminal(reason) } },
                }
            ),
            0x1e,
        ]);

    private static SerializedHubMessage Serialized(byte[] bytes) => new([new SerializedMessage("json", bytes)]);
}
