using GroupTherapy.Gateway.Sockets;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms;

namespace GroupTherapy.Gateway.Routing;

/// <summary>Configures YARP from the route table: nodes and health checks, header transforms, and the problem document of each failure.</summary>
internal static class Proxy
{
    /// <summary>A request without any data for this long fails.</summary>
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(60);

    public static void AddRoutes(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        // YARP logs whole URLs at lower levels.
        builder
            .Logging.AddFilter("Yarp", LogLevel.Warning)
            .AddFilter("Yarp.ReverseProxy.Health", LogLevel.Error)
            // It would write the whole stack for every broken socket; AnswerAsync says the same in one line.
            .AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.None);
        builder.Services.AddSingleton<ILoadBalancingPolicy, Rendezvous>();
        builder.Services.AddSingleton<IPassiveHealthCheckPolicy, ImmediateFailurePolicy>();
        builder.Services.AddSingleton<SpliceLoop>();
        builder.Services.AddSingleton<HubForwarder>();
        builder
            .Services.AddReverseProxy()
            .LoadFromMemory(RouteTable.Configs(), [.. settings.Services.Select(s => Cluster(s.Key, s.Value))])
            .ConfigureHttpClient(
                (_, handler) =>
                {
                    handler.ConnectTimeout = TimeSpan.FromSeconds(2);
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                }
            )
            .AddTransforms(transforms =>
            {
                var audiences = transforms.Route.Metadata![RouteTable.Audiences].Split(' ');
                transforms.CopyRequestHeaders = false;
                transforms.UseDefaultForwarders = false;
                transforms.AddRequestTransform(request => HeaderTransforms.ToService(request, audiences));
                transforms.AddResponseTransform(response => HeaderTransforms.ToClient(response, audiences[0], settings));
            });
    }

    public static void MapServices(this IEndpointRouteBuilder app)
    {
        if (OperatingSystem.IsLinux())
        {
            // Created now, so that its metric exists before the first hub connection.
            app.ServiceProvider.GetRequiredService<SpliceLoop>();
        }

        app.MapReverseProxy(proxy =>
        {
            proxy.Use(AnswerAsync);
            proxy.UseLoadBalancing();
            proxy.UsePassiveHealthChecks();
            proxy.Use(HubForwarder.InvokeAsync);
        });
    }

    private static ClusterConfig Cluster(string service, IReadOnlyList<Uri> nodes) =>
        new()
        {
            ClusterId = service,
            LoadBalancingPolicy = service == "room" ? Rendezvous.PolicyName : LoadBalancingPolicies.PowerOfTwoChoices,
            Destinations = nodes.ToDictionary(n => n.Authority, n => new DestinationConfig { Address = n.ToString() }),
            // Headers arrive as the bytes that they are, and pass as such.
            HttpClient = new HttpClientConfig { RequestHeaderEncoding = "latin1" },
            HttpRequest = new ForwarderRequestConfig
            {
                ActivityTimeout = RequestLimit,
                Version = System.Net.HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            },
            HealthCheck = new HealthCheckConfig
            {
                AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                // Where there is one node there is nothing to choose: it is asked in any case, and its silence is the answer.
                Active = new ActiveHealthCheckConfig
                {
                    Enabled = nodes.Count > 1,
                    Interval = TimeSpan.FromSeconds(2),
                    Timeout = TimeSpan.FromSeconds(2),
                    Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                    Path = "/health/live",
                },
                Passive = new PassiveHealthCheckConfig
                {
                    Enabled = true,
                    Policy = ImmediateFailurePolicy.PolicyName,
                    ReactivationPeriod = TimeSpan.FromSeconds(2),
                },
            },
        };

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        if (HubRule.Refusal(context) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }

        await next(context);
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var error = context.Features.Get<IForwarderErrorFeature>();
        if (error is null && response.ContentType is not null)
        {
            return;
        }

        if (error is not null)
        {
            context
                .RequestServices.GetRequiredService<ILogger<GatewaySettings>>()
                .LogWarning(
                    "{Service} did not answer: {Error} ({Kind})",
                    context.GetReverseProxyFeature().Cluster.Config.ClusterId,
                    error.Error,
                    error.Exception?.GetBaseException().GetType().Name
                );
        }

        var problem = error is null ? Bare(response.StatusCode) : Failed(error);
        response.Headers.ContentLength = null;
        response.ContentType = null;
        await problem.ExecuteAsync(context);
    }

    private static Problem Failed(IForwarderErrorFeature error) =>
        error.Error switch
        {
            ForwarderError.RequestBodyClient => Find<BadHttpRequestException>(error.Exception)?.StatusCode == 413
                ? new Problem(413, "too-large", "A request may have 256 KiB at most.")
                : new Problem(400, "bad-request", "The request did not arrive whole."),

            // Unlike Platform's text: the gateway cannot know whether the service changed something before the connection failed.
            _ => new Problem(
                503,
                "try-again",
                "The service is not able to answer right now. Please try again shortly, with the same Idempotency-Key if you sent one.",
                RetryAfter: 1
            ),
        };

    /// <summary>The problem document for a refusal that came without a body.</summary>
    private static Problem Bare(int status) =>
        status switch
        {
            401 => Authentication.AuthenticationMiddleware.NotSignedIn,
            404 => Problem.NotFound(),
            405 => new Problem(405, "method-not-allowed", "This method is not used here."),
            413 => new Problem(413, "too-large", "A request may have 256 KiB at most."),
            415 => new Problem(415, "unsupported-media-type", "Send application/json."),
            _ => new Problem(status, "refused", "The request was refused."),
        };

    private static T? Find<T>(Exception? e)
        where T : Exception =>
        e switch
        {
            null => null,
            T found => found,
            AggregateException many => many.InnerExceptions.Select(Find<T>).FirstOrDefault(f => f is not null),
            _ => Find<T>(e.InnerException),
        };
}
