using System.Collections.Concurrent;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Stands for Identity and Enrollment: answers what Notifications asks, when it shows its key.</summary>
public sealed class Neighbours : IAsyncDisposable
{
    public const string Key = "only-in-tests-0123456789";
    private readonly WebApplication _app;

    private Neighbours(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public ConcurrentDictionary<Guid, string> Addresses { get; } = new();

    public ConcurrentDictionary<Guid, (string? Language, string? TimeZone)> Profiles { get; } = new();

    /// <summary>Mails that Identity wants sent.</summary>
    public ConcurrentDictionary<Guid, object> Requested { get; } = new();

    /// <summary>Operators who were there before Notifications was.</summary>
    public ConcurrentBag<(Guid Account, string Practice)> Staff { get; } = [];

    /// <summary>Identity and Enrollment answer nothing.</summary>
    public bool Away { get; set; }

    public int Asked { get; private set; }

    public static async Task<Neighbours> StartAsync()
    {
        var port = Engines.FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var neighbours = new Neighbours(builder.Build(), port);
        neighbours.Map();
        await neighbours._app.StartAsync();
        return neighbours;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.Use(
            async (context, next) =>
            {
                Asked++;
                if (Away || context.Request.Headers["GT-Service-Key"] != Key)
                {
                    context.Response.StatusCode = Away ? 503 : 401;
                    return;
                }

                await next(context);
            }
        );
        _app.MapPost(
            "/internal/recipients",
            (Asking asking) =>
                TypedResults.Ok(
                    new
                    {
                        items = asking
                            .AccountIds.Where(Addresses.ContainsKey)
                            .Select(a => new
                            {
                                accountId = a,
                                email = Addresses[a],
                                confirmed = true,
                                disabled = false,
                            }),
                    }
                )
        );
        _app.MapPost(
            "/internal/preferences",
            (Asking asking) =>
                TypedResults.Ok(
                    new
                    {
                        items = asking
                            .AccountIds.Where(Profiles.ContainsKey)
                            .Select(a => new
                            {
                                accountId = a,
                                language = Profiles[a].Language,
                                timeZone = Profiles[a].TimeZone,
                            }),
                    }
                )
        );
        _app.MapGet(
            "/internal/staff",
            () =>
                TypedResults.Ok(
                    new
                    {
                        items = Staff.Select(s => new
                        {
                            accountId = s.Account,
                            version = 1,
                            practice = s.Practice,
                            roles = new[] { "operator" },
                        }),
                    }
                )
        );
        _app.MapGet("/internal/mails/{id:guid}", (Guid id) => Requested.TryGetValue(id, out var mail) ? Results.Ok(mail) : Results.NotFound());
    }

    private sealed record Asking(Guid[] AccountIds);
}
