using GroupTherapy.Platform.Web;
using GroupTherapy.Room;

namespace GroupTherapy.Load.Rooms;

/// <summary>The real service as a process of this program: what its own <c>Program.cs</c> does, no more.</summary>
internal static class RoomNode
{
    public static Task<int> RunAsync(string[] args) => RoomApp.Build(args).RunPlatformAsync(args, typeof(RoomApp).Assembly);
}
