using System.Runtime.InteropServices;

namespace GroupTherapy.Load.Rooms;

/// <summary>What the generator asks of Linux directly: readiness of thousands of sockets on one thread, and a bare fdatasync.</summary>
internal static class Native
{
    public const uint Readable = 1;
    public const uint Writable = 4;
    public const int Add = 1;
    public const int Delete = 2;
    public const int Modify = 3;

    /// <summary>Packed as on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct EpollEvent
    {
        public uint Events;
        public long Data;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Span
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int EpollCreate(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int EpollControl(int epoll, int operation, int descriptor, ref EpollEvent e);

    /// <summary>Waits with a resolution below a millisecond: an open loop is only as good as its alarm clock.</summary>
    [DllImport("libc", EntryPoint = "epoll_pwait2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern unsafe int EpollWait(int epoll, EpollEvent* events, int most, in Span timeout, nint signals);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int DataSync(int descriptor);
}
