using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Description;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Api;
using GroupTherapy.Scheduling.CommandLine;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;
using GroupTherapy.Scheduling.Workers;
using MassTransit;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace GroupTherapy.Scheduling;

/// <summary>Builds the service: the plan of the practices, with groups, programs, weekly series, sessions and calendars.</summary>
public static class SchedulingApp
{
    public const string Service = "scheduling";

    /// <param name="adjust">Lets a test replace the clock or settings before anything reads them.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Service, adjust);
        builder.Services.AddDescription(Service);
        builder.Services.ConfigureHttpJsonOptions(o => o.SerializerOptions.TypeInfoResolver = NamedNulls.Resolver);
        builder.AddPlatformDatabase();
        builder.AddAudit();
        builder.Services.AddPersonalData<SchedulingPersonalData>();
        builder.AddInternalAuthentication(Service);
        builder.AddPlatformBus(typeof(GroupOpened).Assembly, x => x.AddConsumers(typeof(SchedulingApp).Assembly));
        builder.Services.AddSingleton(new PlanTimes(TimeSpan.FromSeconds(builder.Configuration.GetValue("Times:LobbyBefore", 900))));
        builder
            .Services.AddDueWork<ExtendSeries>()
            .AddDueWork<CloseFinishedGroups>()
            .AddDueWork<NoticeZoneRules>()
            .AddDueWork<ReviseZoneRules>()
            .AddDueWork<ExpireBookings>()
            .AddDueWork<WatchSessions>()
            .AddDueWork<CheckCover>()
            .AddDueWork<CheckQuorum>();
        builder.Services.TryAddSingleton<IDateTimeZoneProvider>(DateTimeZoneProviders.Tzdb);

        var app = builder.BuildPlatform();
        app.MapDescription();
        app.MapListGroups();
        app.MapGetGroup();
        app.MapOpenGroup();
        app.MapChangeGroup();
        app.MapCloseGroup();
        app.MapChangeSeries();
        app.MapAddSession();
        app.MapListGroupSessions();
        app.MapListMySessions();
        app.MapAbsences();
        app.MapCancelSession();
        app.MapRescheduleSession();
        app.MapListSubstitutes();
        app.MapSubstituteFacilitator();
        app.MapCoverRequests();
        app.MapPractices();
        app.MapHolidays();
        app.MapPrograms();
        app.MapListTopics();
        app.MapAvailabilities();
        app.MapFindFreeHours();
        app.MapBookings();
        app.MapQuorum();
        app.MapListUncovered();
        app.MapGetWeek();
        app.MapCalendarFeeds();
        app.MapGetCalendar();
        app.MapPersonalData();
        var sight = new Oversight("select exists (select 1 from groups where practice <> all(@practices))", Roles.Operator);
        app.MapAudit(Service, sight);
        app.MapWork(Service, sight);
        return app;
    }

    /// <summary>Runs a command, or serves. Commands: <c>migrate</c>, <c>add-practice ID NAME</c>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = Build(args);
        return args is ["add-practice", .. var rest] ? await AddPractice.RunAsync(app, rest) : await app.RunPlatformAsync(args, typeof(SchedulingApp).Assembly);
    }
}
