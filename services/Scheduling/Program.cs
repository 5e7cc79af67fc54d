using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling;

return await SchedulingApp.Build(args).RunPlatformAsync(args, typeof(SchedulingApp).Assembly);
