using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GroupTherapy.Platform.Web;

/// <summary>
/// Metrics at <c>GET /metrics</c> (Prometheus) on the service's own address, which the gateway never forwards. Traces and metrics go to a collector by OTLP
/// when <c>Telemetry:Otlp</c> names one. Ids and codes only.
/// </summary>
public static class Telemetry
{
    internal static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        var collector = builder.Configuration["Telemetry:Otlp"] is { Length: > 0 } address ? new Uri(address) : null;
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService($"grouptherapy.{service}", serviceInstanceId: builder.Configuration["Service:Instance"] ?? "1"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter("GroupTherapy.*", "MassTransit", "Npgsql").AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
                if (collector is not null)
                {
                    metrics.AddOtlpExporter(o => o.Endpoint = collector);
                }
            });
        if (collector is not null)
        {
            telemetry.WithTracing(traces =>
                traces
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddNpgsql()
                    .AddSource("MassTransit", "GroupTherapy.*", "Microsoft.AspNetCore.SignalR.Server")
                    .AddOtlpExporter(o => o.Endpoint = collector)
            );
        }
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").ForAnyone();
}
