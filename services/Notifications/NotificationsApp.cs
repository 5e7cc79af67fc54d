using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Description;
using GroupTherapy.Notifications.Api;
using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Rendering;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Notifications.Workers;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using MassTransit;

namespace GroupTherapy.Notifications;

/// <summary>Builds the service: mails about sessions, seats and accounts, people's wishes about them, and the log of what was sent.</summary>
public static class NotificationsApp
{
    public const string Service = "notifications";

    /// <param name="adjust">Lets a test replace the clock or settings before anything reads them.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Service, adjust);
        builder.Services.AddDescription(Service);
        builder.AddPlatformDatabase();
        builder.AddAudit();
        builder.Services.AddPersonalData<NotificationsPersonalData>();
        builder.AddInternalAuthentication(Service);
        builder.AddPlatformBus(typeof(SessionCancelled).Assembly, x => x.AddConsumers(typeof(NotificationsApp).Assembly));
        var settings = MailSettings.Read(builder.Configuration);
        builder.Services.AddSingleton(settings).AddSingleton<MailTexts>().AddSingleton<Links>().AddSingleton<Keys>().AddSingleton<DeliveryMetrics>();
        builder.Services.AddSingleton<IdentityClient>().AddSingleton<EnrollmentClient>().AddSingleton<Recipients>().AddSingleton<Profiles>();
        if (settings.Smtp is null)
        {
            builder.Services.AddSingleton<IChannel, FolderChannel>();
        }
        else
        {
            builder.Services.AddSingleton<IChannel, SmtpChannel>();
        }

        builder.Services.AddDueWork<SendMails>().AddDueWork<PlanReminders>().AddDueWork<ReadProfiles>().AddDueWork<RemoveOldMails>().AddDueWork<ReadStaff>();
        if (settings.Bounces is not null)
        {
            builder.Services.AddSingleton<BounceMailbox>().AddDueWork<ReadBounces>();
        }

        var app = builder.BuildPlatform();
        app.MapDescription();
        app.MapMyNotifications();
        app.MapUnsubscribe();
        app.MapListDeliveries();
        app.MapPersonalData();
        var sight = new Oversight("select exists (select 1 from mails where practice <> all(@practices))", Roles.Operator);
        app.MapAudit(Service, sight);
        app.MapWork(Service, sight);
        return app;
    }

    /// <summary>Runs the command <c>migrate</c>, or serves.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = Build(args);
        return await app.RunPlatformAsync(args, typeof(NotificationsApp).Assembly);
    }
}
