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

if (args is ["drain-media" or "fill-media", var node])
{
    // Settings as above. Rooms that are there stay until they end.
    await app.Services.GetRequiredService<MediaStore>().DrainAsync(node, args[0] == "drain-media", CancellationToken.None);
    Console.WriteLine(args[0] == "drain-media" ? $"{node} takes no new rooms." : $"{node} takes rooms again.");
    return 0;
}

return await app.RunPlatformAsync(args, typeof(RoomApp).Assembly);
