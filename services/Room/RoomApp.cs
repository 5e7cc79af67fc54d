using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Attendance;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Hub;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Moderation;
using GroupTherapy.Room.Phasing;
using GroupTherapy.Room.Planning;
using GroupTherapy.Room.Reading;
using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace GroupTherapy.Room;

/// <summary>Live rooms: the log, the lobby, presence, moderation, attendance.</summary>
public static class RoomApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, "room", adjust);
        // Refusals are answers, not errors; what is a surprise, CallGuard logs.
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
        builder.AddPlatformDatabase(Adjust);
        builder.AddOwnConnections(PostBatch.Connections, connection =>
        {
            Adjust(connection);
            PostBatch.Adjust(connection);
        });
        builder.AddInternalAuthentication("room");
        builder.AddPlatformBus(typeof(JoinDecided).Assembly, x => x.AddConsumers(typeof(RoomApp).Assembly));

        var services = builder.Services;
        services.AddSingleton<RoomTimes>().AddSingleton<NodeLease>().AddSingleton<RoomKeys>().AddSingleton<LiveRooms>().AddSingleton<RoomWork>().AddSingleton<SessionPlans>();
        services.AddSingleton<EnterRoom>().AddSingleton<EnterQueue>().AddSingleton<EnterBatch>().AddSingleton<LeaveRoom>().AddSingleton<PostMessage>().AddSingleton<PostBatch>().AddSingleton<RememberedPosts>().AddSingleton<RaiseHand>().AddSingleton<RequestHelp>();
        services.AddSingleton<OpenRoom>().AddSingleton<AdmitParticipant>().AddSingleton<MuteParticipant>().AddSingleton<RemoveParticipant>();
        services.AddSingleton<LockRoom>().AddSingleton<EndSession>().AddSingleton<AddReaction>().AddSingleton<HideMessage>();
        services.AddSingleton<SlowRoom>().AddSingleton<GiveTurn>().AddSingleton<OpenCrisis>();
        services.AddSingleton<RedisLink>().AddHostedService(s => s.GetRequiredService<RedisLink>());
        services.AddHostedService<NodeLoop>().AddHostedService<CutOffWatch>().AddHostedService<DeadlineWorker>().AddHostedService<DrainOnStop>();
        // A benchmark puts one without a store in its place, to know what durability costs.
        services.TryAddSingleton<PostQueue>();
        services.AddRoomHub();

        var app = builder.BuildPlatform();
        app.MapRoomHub();
        app.MapJoinSession();
        app.MapGetRoomState();
        app.MapGetAttendance();
        app.MapCorrectAttendance();
        app.MapListRoomEvents();
        app.MapListModeration();
        app.MapAudit("room", "select exists (select 1 from sessions where practice <> all(@practices))", Roles.Operator);
        app.MapWork("room", Roles.Operator);
        return app;
    }

    // A process that is stopped in the middle holds its rooms' rows no longer than this, well below its lease.
    private static void Adjust(NpgsqlConnectionStringBuilder connection) => connection.Options = "-c idle_in_transaction_session_timeout=8s";
}
