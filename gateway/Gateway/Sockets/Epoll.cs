using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GroupTherapy.Gateway.Sockets;

/// <summary>
/// Linux epoll(7), eventfd(2) and non-blocking send(2) and recv(2). Errors are returned as -1; <see cref="Marshal.GetLastPInvokeError"/> has the reason.
/// </summary>
internal static partial class Epoll
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Error = 0x008;
    public const uint HungUp = 0x010;

    public const int Add = 1;
    public const int Remove = 2;
    public const int Change = 3;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>EAGAIN.</summary>
    public const int WouldBlock = 11;

    /// <summary>Size of an event: packed on x64 alone (see epoll_event in sys/epoll.h).</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;

    public static int Create() => Create(CloseOnExec);

    public static int CreateWakeUp() => EventFd(0, CloseOnExec | NonBlocking);

    /// <param name="data">Returned with each event of this descriptor.</param>
    public static unsafe int Control(int epoll, int operation, int descriptor, uint events, long data)
    {
        var e = stackalloc byte[16];
        *(uint*)e = events;
        *(long*)(e + EventSize - sizeof(long)) = data;
        return Control(epoll, operation, descriptor, e);
    }

    /// <summary>The flags and the data of event <paramref name="index"/>.</summary>
    public static unsafe (uint Events, long Data) At(byte* events, int index)
    {
        var e = events + (index * EventSize);
        return (*(uint*)e, *(long*)(e + EventSize - sizeof(long)));
    }

    /// <summary>Sends what fits into the socket's buffer, without waiting.</summary>
    /// <returns>Bytes sent; -1 with <see cref="WouldBlock"/> when the buffer is full.</returns>
    public static unsafe nint Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Send(socket, start, bytes.Length, DoNotWait | NoSignal);
        }
    }

    /// <summary>Receives what is there, without waiting.</summary>
    /// <returns>Bytes received; 0 at the end; -1 with <see cref="WouldBlock"/> when nothing is there.</returns>
    public static unsafe nint Receive(SafeSocketHandle socket, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return Receive(socket, start, buffer.Length, DoNotWait);
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static unsafe partial int Wait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int descriptor, long* value, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint Send(SafeSocketHandle socket, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(SafeSocketHandle socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int Control(int epoll, int operation, int descriptor, byte* e);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint value, int flags);
}
