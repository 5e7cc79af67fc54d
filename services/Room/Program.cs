using GroupTherapy.Platform.Web;
using GroupTherapy.Room;

return await RoomApp.Build(args).RunPlatformAsync(args, typeof(RoomApp).Assembly);
