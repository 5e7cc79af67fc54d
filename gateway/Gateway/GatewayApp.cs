using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Description;
using GroupTherapy.Gateway.Audit;
using GroupTherapy.Gateway.Authentication;
using GroupTherapy.Gateway.Description;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Gateway.Operations;
using GroupTherapy.Gateway.PersonalData;
using GroupTherapy.Gateway.Routing;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using MassTransit;
using Microsoft.AspNetCore.ResponseCompression;

namespace GroupTherapy.Gateway;

/// <summary>Composes the gateway. Each request passes the middleware in this order.</summary>
public static class GatewayApp
{
    public const string Service = "gateway";

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        // A line ends by CR LF alone: a proxy in front that reads it otherwise must find no second request in the first.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        var builder = PlatformApp.CreateBuilder(args, Service, adjust);
        builder.Services.AddDescription(Service);
        var settings = GatewaySettings.Read(builder.Configuration);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(new WebFiles(settings.Web));
        builder.Services.AddAuthorization();
        builder.Services.AddResponseCompression(o => o.EnableForHttps = true).AddSingleton<IResponseCompressionProvider, PublicAnswers>();
        builder.AddListeners(settings);
        builder.AddCallerAuthentication();
        builder.AddInternalTokens();
        builder.AddRoutes(settings);
        builder.Services.AddHttpContextAccessor().AddSingleton<RequestSource>().AddSingleton<ServiceCalls>().AddSingleton<Exports>();
        builder.Services.AddSingleton<Refusals>().AddHostedService(services => services.GetRequiredService<Refusals>());
        builder.Services.AddSingleton<MergedDescription>();
        builder.Services.AddSingleton<RoomDescription>();
        builder.Services.AddHostedService<DescriptionWarmUp>();
        builder.AddPlatformBus(
            typeof(SessionRevoked).Assembly,
            bus =>
                bus.AddConsumer<SessionRevokedAtGateway>()
                    .Endpoint(e =>
                    {
                        // A temporary queue per process: every gateway must receive every revocation.
                        e.Temporary = true;
                        e.InstanceId = $"-{Guid.CreateVersion7():n}";
                    }),
            durable: false
        );

        var app = builder.Build();
        app.UseProblems();
        app.UseForwardedAddress(settings);
        app.UseMiddleware<RefusalMiddleware>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ListenerPaths>();
        app.UseMiddleware<CanonicalRequests>();
        app.UseMiddleware<WebClient>();
        app.UseMiddleware<AuthenticationMiddleware>();
        app.UseResponseCompression();
        app.UseRouting();
        app.UseAuthorization();
        app.MapHealth();
        app.MapMetrics();
        app.MapInternalKeys();
        app.MapPublicDescription();
        app.MapAudit();
        app.MapWork();
        app.MapExport();
        app.MapServices();
        app.MapHubPass();
        app.MapFallback("{**path}", () => Problem.NotFound()).ForAnyone();
        return app;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = Build(args);
        await app.RunAsync();
        return 0;
    }
}
