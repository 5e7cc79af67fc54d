using GroupTherapy.Platform.Work;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Workers;

/// <summary>The parts of the media plane.</summary>
internal static class MediaSetUp
{
    public static void AddMediaPlane(this IServiceCollection services)
    {
        services.AddSingleton(s => MediaOptions.From(s.GetRequiredService<IConfiguration>()));
        services.AddSingleton<JanusMediaPlane>().AddSingleton<IMediaPlane>(s => s.GetRequiredService<JanusMediaPlane>());
        services.AddSingleton<MediaStore>().AddSingleton<MediaPlacement>().AddSingleton<MediaCalls>().AddSingleton<MediaReconciler>();
        services.AddSingleton<RelayCredentials>();
        services.AddHostedService<MediaWorker>().AddDueWork<MediaHandler>();
    }
}
