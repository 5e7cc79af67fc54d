using GroupTherapy.Audit;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using MassTransit;

namespace GroupTherapy.Enrollment;

/// <summary>The Enrollment service: profiles, licensing, seats, waitlists, consents.</summary>
public static class EnrollmentApp
{
    public const string Name = "enrollment";

    /// <param name="adjust">Lets a test replace the clock or settings.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Name, adjust);
        builder.Services.AddDescription(Name);
        builder.AddPlatformDatabase();
        builder.AddAudit();
        builder.Services.AddPersonalData<EnrollmentPersonalData>();
        builder.AddInternalAuthentication(Name);
        builder.AddPlatformBus(typeof(SeatReserved).Assembly, bus => bus.AddConsumers(typeof(EnrollmentApp).Assembly));
        builder.Services.AddSingleton(LimitsFrom(builder.Configuration));
        builder.Services.AddSingleton(EyesFrom(builder));
        builder.Services.AddSingleton<RuleSetCache>();
        builder.Services.AddSingleton<SeatStore>();
        builder.Services.AddSingleton<SeatTransaction>();
        builder.Services.AddSingleton<SeatExecutor>();
        builder.Services.AddSingleton<ImpactService>();
        builder.Services.AddSingleton<ImpactRuns>();
        builder.Services.AddSingleton<AccountNames>().AddSingleton<RoomParticipants>();
        builder.Services.AddHostedService<SeedRules>();
        builder.Services.AddDueWork<ExpireSeats>();
        builder.Services.AddDueWork<OfferSeatsToWaitlist>();
        builder.Services.AddDueWork<ReevaluateEnrollments>();
        builder.Services.AddDueWork<IssuePermits>();
        builder.Services.AddDueWork<SweepPermits>();
        builder.Services.AddDueWork<RecomputeCoverage>();
        builder.Services.AddDueWork<SpreadCoverageMarks>();
        builder.Services.AddDueWork<TellEndingCredentials>();

        var app = builder.BuildPlatform();
        app.MapDescription();
        app.MapProfile();
        app.MapListMembers();
        app.MapGetMember();
        app.MapCorrectResidence();
        app.MapIntakes();
        app.MapFacilitators();
        app.MapCredentials();
        app.MapEndingCredentials();
        app.MapConsents();
        app.MapRequestSeat();
        app.MapConfirmSeat();
        app.MapCancelEnrollment();
        app.MapMyEnrollments();
        app.MapRoster();
        app.MapSeatsHistory();
        app.MapMemberContact();
        app.MapReadPreferences();
        app.MapWaitlist();
        app.MapHeldEnrollments();
        app.MapEvaluations();
        app.MapDecisions();
        app.MapMyEligibility();
        app.MapRequestOverride();
        app.MapResolveOverride();
        app.MapRuleSets();
        app.MapDraftRuleSet();
        app.MapEditRuleSet();
        app.MapSubmitRuleSet();
        app.MapPublishRuleSet();
        app.MapWithdrawRuleSet();
        app.MapCoverage();
        app.MapRetroactiveReport();
        app.MapImpact();
        app.MapVocabulary();
        app.MapPersonalData();
        var sight = new Oversight("select exists (select 1 from seat_groups where practice <> all(@practices))", Roles.Operator);
        app.MapAudit(Name, sight);
        app.MapWork(Name, sight);
        return app;
    }

    private static FourEyes EyesFrom(WebApplicationBuilder builder) =>
        new(
            TimeSpan.FromHours(builder.Configuration.GetValue("FourEyes:OperatorAgeHours", 24.0)),
            builder.Configuration.GetValue("FourEyes:SecondFactor", builder.Environment.IsProduction())
        );

    private static SeatLimits LimitsFrom(IConfiguration configuration)
    {
        TimeSpan Seconds(string name, int unlessSet) =>
            configuration.GetValue($"Times:{name}", unlessSet) is var s and > 0
                ? TimeSpan.FromSeconds(s)
                : throw new InvalidOperationException($"Times:{name} must be more than 0 seconds.");
        return new SeatLimits(Seconds("SeatHold", 900), Seconds("Offer", 43_200), Seconds("LobbyBefore", 900), configuration.GetValue("Seats:ReleasesADay", 5));
    }
}
