using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GroupTherapy.Platform.Web;

/// <summary>Traces and metrics by OTLP, when <c>Telemetry:Otlp</c> names a collector. The sources are the libraries' own; ids and codes only.</summary>
internal static class Telemetry
{
    public static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        if (builder.Configuration["Telemetry:Otlp"] is not { Length: > 0 } address)
        {
            return;
        }

        var resource = ResourceBuilder.CreateDefault().AddService($"grouptherapy.{service}", serviceInstanceId: builder.Configuration["Service:Instance"] ?? "1");
        void Export(OtlpExporterOptions o) => o.Endpoint = new Uri(address);
        builder.Services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource("Microsoft.AspNetCore", "MassTransit", "Npgsql", "System.Net.Http", "GroupTherapy.*")
            .AddOtlpExporter(Export)
            .Build());
        builder.Services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql", "MassTransit", "GroupTherapy.*")
            .AddOtlpExporter(Export)
            .Build());
        builder.Services.AddHostedService<Start>();
    }

    // Providers begin to listen when they are made; nobody else asks for them.
    private sealed class Start(TracerProvider traces, MeterProvider meters) : Microsoft.Extensions.Hosting.IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            traces.ForceFlush(1000);
            meters.ForceFlush(1000);
            return Task.CompletedTask;
        }
    }
}
