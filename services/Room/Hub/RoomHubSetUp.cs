using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Room.Hub;

/// <summary>How the hub is served: JSON over WebSockets, limits on every connection, and a socket below that is asked whether it lives.</summary>
internal static class RoomHubSetUp
{
    private const string Path = "/hubs/room";
    private const long LargestFrame = 64 * 1024;

    public static void AddRoomHub(this IServiceCollection services)
    {
        services
            .AddSignalR(options =>
            {
                options.EnableDetailedErrors = false;
                options.MaximumReceiveMessageSize = LargestFrame;
                options.KeepAliveInterval = TimeSpan.FromSeconds(10);
                // Usual clients ping every 15 s. Whether a socket is alive is asked below, by the WebSocket's own pings.
                options.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
                options.HandshakeTimeout = TimeSpan.FromSeconds(10);
                // Calls of one connection run one after the other, so its messages keep their order.
                options.MaximumParallelInvocationsPerClient = 1;
                options.AddFilter<CallGuard>();
            })
            .AddJsonProtocol(options => RoomJson.Apply(options.PayloadSerializerOptions));
        // Broken sockets are ordinary: no stack trace is logged. Slow and lost connections are counted.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.SignalR.HubConnectionContext", LogLevel.Critical));
        services.AddSingleton<CallGuard>();
        services.AddSingleton<IHubProtocol, OrderedAnswersProtocol>();
        services.AddSingleton<HubLifetimeManager<RoomHub>, RoomLifetime>();
        // The writing thread sends to the socket itself: waking a thread for each delivery costs more than the delivery.
        services.Configure<SocketTransportOptions>(options => options.UnsafePreferInlineScheduling = true);
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<TimeProvider>((options, clock) => options.ConfigureEndpointDefaults(listen => SocketActivity.Watch(listen, clock)));
    }

    public static void MapRoomHub(this WebApplication app)
    {
        app.UseWebSockets();
        PingedSockets.Use(app, Path, app.Services.GetRequiredService<RoomTimes>());
        // The gateway's token proves the handshake; afterwards the connection ends with the sign-in, not with this token.
        app.MapHub<RoomHub>(Path, options => options.Transports = HttpTransportType.WebSockets)
            .ExcludeFromDescription()
            .DisableRequestTimeout()
            .For(Roles.Member, Roles.Facilitator, Roles.Operator);
    }
}
