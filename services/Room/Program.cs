using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room;
using GroupTherapy.Room.Storage;

var app = RoomApp.Build(args);
if (args is ["rotate-keys"])
{
    // Reads the settings of a node (GT_SETTINGS); the nodes go on meanwhile.
    var count = await app.Services.GetRequiredService<RoomKeys>().RotateAsync(app.Services.GetRequiredService<Db>(), CancellationToken.None);
    Console.WriteLine($"Wrapped {count} session keys by a new master key.");
    return 0;
}

return await app.RunPlatformAsync(args, typeof(RoomApp).Assembly);
