using System.Reflection;
using System.Text;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Platform.Web;

/// <summary>How every service starts: settings, database, authentication, problems, health, telemetry.</summary>
public static class PlatformApp
{
    public const long LargestBody = 256 * 1024;

    /// <summary>Settings come from the file named by <c>GT_SETTINGS</c> (mode 0600, it holds passwords); nothing secret stands in arguments.</summary>
    /// <param name="adjust">Lets a test replace the clock or settings before anything reads them.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args, string service, Action<WebApplicationBuilder>? adjust = null)
    {
        // The content root is where the program lies, not where it was called from; args are verbs, not settings.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        if (Environment.GetEnvironmentVariable("GT_SETTINGS") is { Length: > 0 } file)
        {
            builder.Configuration.AddJsonFile(file, optional: false, reloadOnChange: false);
        }

        builder.Configuration.AddInMemoryCollection([new("Service:Name", service)]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder
            .Logging.ClearProviders()
            .AddSimpleConsole(o =>
            {
                o.SingleLine = true;
                o.UseUtcTimestamp = true;
                o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                o.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
            });
        builder
            .Logging.AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("MassTransit", LogLevel.Warning)
            .AddFilter("Npgsql", LogLevel.Warning)
            .AddFilter("Polly", LogLevel.Error)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        adjust?.Invoke(builder);

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            // Every byte that may stand in a header is read, so that rules decide about it and not the decoder.
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        });
        // A name in other capitals is another field, which there is none of.
        builder.Services.ConfigureHttpJsonOptions(o => ContractJson.Apply(o.SerializerOptions).PropertyNameCaseInsensitive = false);
        builder.Services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, ProblemsForRefusedCallers>();
        builder.AddTelemetry(service);
        return builder;
    }

    /// <summary>The service's own database, scheduled work, and writes that keep their promises.</summary>
    /// <param name="connection">Changes to the connection settings for this service.</param>
    public static void AddPlatformDatabase(this WebApplicationBuilder builder, Action<NpgsqlConnectionStringBuilder>? connection = null)
    {
        builder.Services.AddSingleton(services => SourceOf(services, connection));
        builder.Services.AddSingleton<WorkSignal>();
        builder.Services.AddSingleton(WorkOptions.From(builder.Configuration));
        builder.Services.AddSingleton<Db>();
        builder.Services.AddSingleton<Writes>().AddSingleton<ResponseSeal>();
        builder.Services.AddSingleton<DueWorkStore>();
        builder.Services.AddHostedService<WorkMonitor>();
        builder.Services.AddDueWork<Housekeeping>();
    }

    private static NpgsqlDataSource SourceOf(IServiceProvider services, Action<NpgsqlConnectionStringBuilder>? connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(
            services.GetRequiredService<IConfiguration>()["Database:Connection"] ?? throw new InvalidOperationException("Database:Connection is not set.")
        );
        // Planning a statement anew each time would cost more than carrying it out.
        (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (100, 2);
        // Nothing is ever set for longer than a transaction, so a connection that comes back needs no cleaning; it would be five statements for each use.
        settings.NoResetOnClose = true;
        connection?.Invoke(settings);
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>Trusts the gateway's internal tokens for this service, and nothing else.</summary>
    public static void AddInternalAuthentication(this WebApplicationBuilder builder, string service)
    {
        builder.Services.TryAddSingleton(services => new KeyRing(
            [.. (services.GetRequiredService<IConfiguration>().GetSection("InternalTokens:KeySets").Get<string[]>() ?? []).Select(u => new Uri(u))],
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<KeyRing>>()
        ));
        builder.Services.AddSingleton(services => new TokenReader(
            services.GetRequiredService<KeyRing>(),
            InternalTokenAuthentication.Issuer,
            service,
            services.GetRequiredService<TimeProvider>()
        ));
        builder
            .Services.AddAuthentication(InternalTokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, InternalTokenAuthentication>(InternalTokenAuthentication.SchemeName, null);
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
    }

    /// <summary>Middleware in the one order that is right, then health and description.</summary>
    public static WebApplication BuildPlatform(this WebApplicationBuilder builder)
    {
        var app = builder.Build();
        app.UseProblems();
        app.Use(
            (http, next) =>
            {
                // What a key stands for is read a second time, from memory.
                if (http.Request.Headers.ContainsKey("Idempotency-Key"))
                {
                    http.Request.EnableBuffering((int)LargestBody);
                }

                return next(http);
            }
        );
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapMetrics();
        return app;
    }

    /// <summary>The outermost middleware, for a process that orders the rest itself: the gateway.</summary>
    public static void UseProblems(this IApplicationBuilder app) => app.UseMiddleware<ExceptionMiddleware>().UseHeadAsGet();

    /// <summary>Runs the verb <c>migrate</c>, or serves until told to stop.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunPlatformAsync(this WebApplication app, string[] args, Assembly service)
    {
        if (args is ["migrate"])
        {
            var configuration = app.Configuration;
            var applied = await Migrator.MigrateAsync(
                configuration["Database:Connection"]!,
                configuration["Service:Name"]!,
                service,
                app.Services.GetRequiredService<TimeProvider>()
            );
            Console.WriteLine(applied.Count == 0 ? "Nothing to migrate." : $"Migrated: {string.Join(", ", applied)}");
            return 0;
        }

        await app.RunAsync();
        return 0;
    }
}
