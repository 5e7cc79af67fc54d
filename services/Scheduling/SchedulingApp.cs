using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Calendars;
using GroupTherapy.Scheduling.Groups;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Sessions;
using GroupTherapy.Scheduling.Substitutes;
using MassTransit;

namespace GroupTherapy.Scheduling;

/// <summary>The plan of the practices: groups, their programs, their weekly series and sessions, and everybody's calendar.</summary>
public static class SchedulingApp
{
    public const string Service = "scheduling";

    /// <param name="adjust">Lets a test replace the clock or settings before anything reads them.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Service, adjust);
        builder.AddPlatformDatabase();
        builder.AddInternalAuthentication(Service);
        builder.AddPlatformBus(typeof(GroupOpened).Assembly, x => x.AddConsumers(typeof(SchedulingApp).Assembly));
        builder.Services.AddSingleton<ExtendSeries>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ExtendSeries>());

        var app = builder.BuildPlatform();
        app.MapListGroups();
        app.MapGetGroup();
        app.MapOpenGroup();
        app.MapChangeGroup();
        app.MapCloseGroup();
        app.MapListGroupSessions();
        app.MapListMySessions();
        app.MapCancelSession();
        app.MapRescheduleSession();
        app.MapListSubstitutes();
        app.MapSubstituteFacilitator();
        app.MapMakeCalendarFeed();
        app.MapGetCalendar();
        app.MapAudit(Service, "select exists (select 1 from groups where practice <> all(@practices))", Roles.Operator);
        app.MapWork(Service, Roles.Operator);
        return app;
    }
}
