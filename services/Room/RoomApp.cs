using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Description;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using GroupTherapy.Room.Api;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Hub;
using GroupTherapy.Room.Hub.AsyncApi;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;
using GroupTherapy.Room.Workers;
using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GroupTherapy.Room;

/// <summary>Live rooms: the log, the lobby, presence, moderation, attendance.</summary>
public static class RoomApp
{
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, "room", adjust);
        builder.Services.AddDescription("room");
        // Refusals are answers, not errors; CallGuard logs what is unexpected.
        builder.Logging.AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None);
        // A process that is stopped in the middle holds its rooms' rows no longer than this, well below its lease.
        builder.AddPlatformDatabase(connection => connection.Options = "-c idle_in_transaction_session_timeout=8s");
        builder.AddAudit();
        builder.Services.AddPersonalData<RoomPersonalData>();
        builder.AddInternalAuthentication("room");
        builder.AddPlatformBus(typeof(JoinDecided).Assembly, x => x.AddConsumers(typeof(RoomApp).Assembly));

        var services = builder.Services;
        services.AddSingleton(s => new RoomTimes((name, usual) => s.GetRequiredService<IConfiguration>().GetValue($"Times:{name}", usual)));
        services.AddSingleton<NodeLease>().AddSingleton<NodeStore>().AddSingleton<RoomKeys>();
        // A benchmark puts one without a log in its place, to know what durability costs.
        services.TryAddSingleton<RoomExecutor>();
        services.AddSingleton<LiveRooms>().AddSingleton<ICommitListener>(s => s.GetRequiredService<LiveRooms>());
        services.AddSingleton<RedisLink>().AddHostedService(s => s.GetRequiredService<RedisLink>());
        services.AddSingleton<SessionPlans>().AddSingleton<AccountRooms>().AddSingleton<EnterRoom>().AddSingleton<MemberContacts>();
        services
            .AddHostedService<LeaseWorker>()
            .AddHostedService<ConnectionWorker>()
            .AddHostedService<CutOffWatch>()
            .AddHostedService<RoomWatch>()
            .AddHostedService<DrainOnStop>();
        services.AddDueWork<DeadlineHandler>();
        services.AddMediaPlane();
        services.AddRoomHub();

        var app = builder.BuildPlatform();
        app.MapDescription();
        app.MapRoomHub();
        app.MapHubDescription();
        app.MapJoinSession();
        app.MapGetRoomState();
        app.MapGetAttendance();
        app.MapCorrectAttendance();
        app.MapListRoomEvents();
        app.MapListModeration();
        app.MapBreakGlass();
        app.MapListBreakGlass();
        app.MapOpenEmergency();
        app.MapListMyDisclosures();
        app.MapListGroupParticipants();
        app.MapPersonalData();
        var sight = new Oversight("select exists (select 1 from sessions where practice <> all(@practices))", Roles.Operator);
        app.MapAudit("room", sight);
        app.MapWork("room", sight);
        return app;
    }
}
