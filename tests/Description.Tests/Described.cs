using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment;
using GroupTherapy.Gateway;
using GroupTherapy.Gateway.Description;
using GroupTherapy.Gateway.Routing;
using GroupTherapy.Identity;
using GroupTherapy.Notifications;
using GroupTherapy.Room;
using GroupTherapy.Scheduling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace GroupTherapy.Description.Tests;

/// <summary>The public document as the gateway joins it, made from the services' own programs without starting them.</summary>
public static class Described
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Lazy<Task<JsonObject>> Made = new(MakeAsync);

    /// <summary>The checkout that the tests were built from.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static Task<JsonObject> DocumentAsync() => Made.Value;

    /// <summary>The document as a file for tools; written once.</summary>
    public static async Task<string> FileAsync(string folder)
    {
        var file = Path.Combine(folder, "openapi.json");
        await File.WriteAllTextAsync(file, (await DocumentAsync()).ToJsonString(Indented));
        return file;
    }

    /// <summary>Operations by "GET /path".</summary>
    public static IEnumerable<(string Name, JsonObject Operation)> OperationsOf(JsonObject document) =>
        document["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject().Where(o => o.Value is JsonObject).Select(o => ($"{o.Key.ToUpperInvariant()} {path.Key}", o.Value!.AsObject()))
            );

    private static string FindRoot(string folder) => File.Exists(Path.Combine(folder, "GroupTherapy.sln")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);

    private static async Task<JsonObject> MakeAsync()
    {
        (string Service, Func<string[], Action<WebApplicationBuilder>?, WebApplication> Build)[] programs =
        [
            ("identity", IdentityApp.Build),
            ("enrollment", EnrollmentApp.Build),
            ("scheduling", SchedulingApp.Build),
            ("room", RoomApp.Build),
            ("notifications", NotificationsApp.Build),
            ("gateway", GatewayApp.Build),
        ];
        var parts = new List<(string, JsonObject)>();
        foreach (var (service, build) in programs)
        {
            await using var app = build([], builder => builder.Configuration.AddInMemoryCollection(Settings));
            // Endpoints are known to the describer once the pipeline has its end.
            app.UseEndpoints(_ => { });
            var document = await app.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync();
            parts.Add((service, JsonNode.Parse(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1))!.AsObject()));
        }

        return DescriptionMerge.Of(parts, RouteTable.ServiceOf);
    }

    private static Dictionary<string, string?> Settings =>
        new()
        {
            ["Gateway:Public"] = "http://127.0.0.1:1",
            ["Gateway:Internal"] = "http://127.0.0.1:2",
            ["Services:identity:0"] = "http://127.0.0.1:3",
            ["Services:enrollment:0"] = "http://127.0.0.1:4",
            ["Services:scheduling:0"] = "http://127.0.0.1:5",
            ["Services:room:0"] = "http://127.0.0.1:6",
            ["Services:notifications:0"] = "http://127.0.0.1:7",
            ["Bus:Host"] = "127.0.0.1",
            ["Bus:Port"] = "1",
            ["Database:Connection"] = "Host=127.0.0.1;Port=1",
            ["Redis:Connection"] = "127.0.0.1:1",
            ["Secrets:Directory"] = Path.GetTempPath(),
        };
}
