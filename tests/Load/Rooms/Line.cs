using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Load.Rooms;

/// <summary>Where somebody sits: which room, which of its people, which server process.</summary>
internal readonly record struct Seat(int Room, int Person, int Node);

/// <summary>
/// One client on a bare socket: WebSocket frames, SignalR's JSON records, and of each event only what is counted.
/// A client library costs the two shared cores more than the servers that are measured.
/// </summary>
internal sealed class Line(Crowd crowd, Seat seat)
{
    private const byte RecordEnd = 0x1e;
    private static readonly byte[] Handshake = [.. "{\"protocol\":\"json\",\"version\":1}"u8, RecordEnd];
    private static readonly byte[] SignalRPing = [.. "{\"type\":6}"u8, RecordEnd];

    private Socket? _socket;
    private string _enter = "";
    private bool _upgraded;
    private byte[] _raw = [];
    private byte[] _text = [];
    private byte[] _unsent = [];

    public Seat Seat { get; } = seat;

    public bool IsIn { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>A slow reader: its socket is left alone while set.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The last number seen of the room's stream.</summary>
    public long Last { get; private set; }

    public int Descriptor => (int)_socket!.Handle;

    /// <summary>When everything that was missed had come, by the stopwatch; 0 before.</summary>
    public long InAt { get; private set; }

    public void Open()
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        (var address, var request, _enter) = crowd.Side.Visit(Seat, Last);
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, address.Port));
        _socket.Blocking = false;
        crowd.Loop.Watch(this);
        Transmit(Encoding.ASCII.GetBytes(request));
    }

    /// <summary>Comes back after its server died, with what it has seen.</summary>
    public Line Again(Seat seat) => new(crowd, seat) { Last = Last };

    public void Pause()
    {
        IsPaused = true;
        crowd.Loop.Unwatch(this);
    }

    public void Continue()
    {
        IsPaused = false;
        crowd.Loop.Watch(this);
    }

    public void Close()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            crowd.Left(this);
            if (!IsPaused)
            {
                crowd.Loop.Unwatch(this);
            }

            _socket?.Dispose();
        }
    }

    public void SendPing() => Transmit(Frame(SignalRPing, 1));

    public void SendRecord(ReadOnlySpan<byte> json)
    {
        Span<byte> record = stackalloc byte[json.Length + 1];
        json.CopyTo(record);
        record[^1] = RecordEnd;
        Transmit(Frame(record, 1));
    }

    /// <summary>The socket has something, or is closed.</summary>
    public void Read(byte[] buffer)
    {
        var keep = _raw.Length;
        _raw.CopyTo(buffer, 0);
        var read = 0;
        try
        {
            read = _socket!.Receive(buffer.AsSpan(keep), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }
        }
        catch (ObjectDisposedException)
        {
            // Closed by the run.
        }

        if (read == 0)
        {
            Lost();
            return;
        }

        var now = Loop.Now;
        var bytes = buffer.AsSpan(0, keep + read);
        if (!_upgraded)
        {
            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                _raw = bytes.ToArray();
                return;
            }

            if (!bytes.StartsWith("HTTP/1.1 101"u8))
            {
                crowd.Fail($"upgrade: {Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, 60)])}");
                Close();
                return;
            }

            _upgraded = true;
            bytes = bytes[(end + 4)..];
            Transmit(Frame(Handshake, 1));
            Transmit(Frame([.. Encoding.UTF8.GetBytes(_enter), RecordEnd], 1));
        }

        while (TakeFrame(ref bytes, out var payload, out var opcode))
        {
            Handle(payload, opcode, now);
            if (IsClosed)
            {
                return;
            }
        }

        _raw = bytes.IsEmpty ? [] : bytes.ToArray();
    }

    private void Handle(ReadOnlySpan<byte> payload, int opcode, long now)
    {
        switch (opcode)
        {
            case 0 or 1:
                ReadRecords(payload, now);
                break;
            case 8:
                Lost();
                break;
            case 9:
                Transmit(Frame(payload, 10));
                break;
        }
    }

    private void ReadRecords(ReadOnlySpan<byte> text, long now)
    {
        if (_text.Length > 0)
        {
            text = (byte[])[.. _text, .. text];
            _text = [];
        }

        int end;
        while ((end = text.IndexOf(RecordEnd)) >= 0)
        {
            ReadRecord(text[..end], now);
            text = text[(end + 1)..];
        }

        if (!text.IsEmpty)
        {
            _text = text.ToArray();
        }
    }

    private void ReadRecord(ReadOnlySpan<byte> record, long now)
    {
        if (record.StartsWith("{\"type\":1"u8))
        {
            if (record.IndexOf("\"target\":\"ended\""u8) >= 0)
            {
                crowd.Ended(record);
            }

            ReadEvents(record, now);
        }
        else if (record.StartsWith("{\"type\":3"u8))
        {
            var id = Number(record, "\"invocationId\":\""u8);
            if (record.IndexOf("\"error\":"u8) is var error and >= 0)
            {
                crowd.Refused(id, record[error..]);
            }
            else if (id == 0)
            {
                Entered(record, now);
            }
            else
            {
                crowd.Acknowledged(id, now);
            }
        }
        else if (record.StartsWith("{\"type\":7"u8))
        {
            Lost();
        }
    }

    private void Entered(ReadOnlySpan<byte> record, long now)
    {
        ReadEvents(record, now);
        using var json = JsonDocument.Parse(record.ToArray());
        var cursor = json.RootElement.GetProperty("result").GetProperty("cursors").TryGetProperty("room", out var room) ? room.GetInt64() : 0;
        Last = Math.Max(Last, cursor);
        (IsIn, InAt) = (true, now);
        crowd.CameIn();
    }

    private void ReadEvents(ReadOnlySpan<byte> record, long now)
    {
        int at;
        while ((at = record.IndexOf("\"stream\":\"room\",\"seq\":"u8)) >= 0)
        {
            record = record[(at + 22)..];
            _ = Utf8Parser.TryParse(record, out long seq, out _);
            crowd.Saw(this, seq, Last);
            Last = Math.Max(Last, seq);
            var kind = record.IndexOf("\"kind\":\""u8);
            if (record[(kind + 8)..].StartsWith("message.posted"u8))
            {
                crowd.Delivered(this, Number(record[kind..], "\"data\":{\"id\":\"m"u8), now);
            }
        }
    }

    private static long Number(ReadOnlySpan<byte> record, ReadOnlySpan<byte> after)
    {
        var at = record.IndexOf(after);
        return at >= 0 && Utf8Parser.TryParse(record[(at + after.Length)..], out long number, out _) ? number : -1;
    }

    private static bool TakeFrame(ref Span<byte> bytes, out ReadOnlySpan<byte> payload, out int opcode)
    {
        payload = default;
        opcode = 0;
        if (bytes.Length < 2)
        {
            return false;
        }

        var (head, length) = (2, (long)(bytes[1] & 0x7f));
        if (length >= 126)
        {
            var wide = length == 126 ? 2 : 8;
            if (bytes.Length < 2 + wide)
            {
                return false;
            }

            length = wide == 2 ? BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) : BinaryPrimitives.ReadInt64BigEndian(bytes[2..]);
            head += wide;
        }

        if (bytes.Length < head + length)
        {
            return false;
        }

        opcode = bytes[0] & 0x0f;
        payload = bytes.Slice(head, (int)length);
        bytes = bytes[(head + (int)length)..];
        return true;
    }

    // Masked with zero: the bytes stay as they are, and the frame is what the protocol asks for.
    private static byte[] Frame(ReadOnlySpan<byte> payload, int opcode)
    {
        var wide = payload.Length >= 126;
        var frame = new byte[payload.Length + (wide ? 8 : 6)];
        (frame[0], frame[1]) = ((byte)(0x80 | opcode), (byte)(0x80 | (wide ? 126 : payload.Length)));
        if (wide)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }

        payload.CopyTo(frame.AsSpan(wide ? 8 : 6));
        return frame;
    }

    private void Transmit(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed || IsPaused)
        {
            return;
        }

        if (_unsent.Length > 0)
        {
            bytes = (byte[])[.. _unsent, .. bytes];
            _unsent = [];
        }

        var sent = _socket!.Send(bytes, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Lost();
        }
        else if (sent < bytes.Length)
        {
            _unsent = bytes[Math.Max(0, sent)..].ToArray();
        }
    }

    private void Lost()
    {
        Close();
        crowd.Lost(this);
    }
}
