using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using MassTransit;

namespace GroupTherapy.Enrollment;

/// <summary>Who may sit in which group, and why: profiles, licensing, seats, waitlist, consents.</summary>
public static class EnrollmentApp
{
    public const string Name = "enrollment";

    /// <param name="adjust">Lets a test replace the clock or settings.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Name, adjust);
        builder.AddPlatformDatabase();
        builder.AddInternalAuthentication(Name);
        builder.AddPlatformBus(typeof(SeatReserved).Assembly, bus => bus.AddConsumers(typeof(EnrollmentApp).Assembly));
        builder.Services.AddSingleton(TimesFrom(builder.Configuration));
        builder.Services.AddSingleton<RuleSetShelf>();
        builder.Services.AddSingleton<DecisionDesk>();
        builder.Services.AddSingleton<ImpactDesk>();
        builder.Services.AddSingleton<ImpactRuns>();
        builder.Services.AddSingleton<AccountNames>();
        builder.Services.AddSingleton<OfferSeats>();
        builder.Services.AddSingleton<SeatLedger>();
        builder.Services.AddSingleton<SeatBatch>();
        builder.Services.AddSingleton<SeatQueue>();
        builder.Services.AddSingleton<KeepStanding>();
        builder.Services.AddSingleton<Settling>();
        builder.Services.AddHostedService<SeedRules>();
        builder.Services.AddHostedService<ExpireSeats>();
        builder.Services.AddHostedService<ReconsiderStays>();
        builder.Services.AddHostedService<KeepPermits>();
        builder.Services.AddHostedService<KeepCoverage>();
        builder.Services.AddHostedService<SweepPermits>();

        var app = builder.BuildPlatform();
        app.MapProfile();
        app.MapMembers();
        app.MapIntakes();
        app.MapFacilitators();
        app.MapCredentials();
        app.MapConsents();
        app.MapEnrolMember();
        app.MapConfirmEnrollment();
        app.MapCancelEnrollment();
        app.MapMyEnrollments();
        app.MapRoster();
        app.MapWaitlist();
        app.MapHeldEnrollments();
        app.MapEvaluations();
        app.MapDecisions();
        app.MapMyEligibility();
        app.MapAskOverride();
        app.MapSettleOverride();
        app.MapRuleSets();
        app.MapDraftRuleSet();
        app.MapEditRuleSet();
        app.MapSubmitRuleSet();
        app.MapPublishRuleSet();
        app.MapWithdrawRuleSet();
        app.MapCoverage();
        app.MapRetroactiveReport();
        app.MapImpacts();
        app.MapAudit(Name, "select exists (select 1 from seat_groups where practice <> all(@practices))", Roles.Operator);
        app.MapWork(Name, Roles.Operator);
        return app;
    }

    private static Times TimesFrom(IConfiguration configuration)
    {
        TimeSpan Seconds(string name, int unlessSet) =>
            configuration.GetValue($"Times:{name}", unlessSet) is var s and > 0 ? TimeSpan.FromSeconds(s) : throw new InvalidOperationException($"Times:{name} must be more than 0 seconds.");
        return new Times(Seconds("SeatHold", 900), Seconds("Offer", 43_200), Seconds("LobbyBefore", 900));
    }
}
