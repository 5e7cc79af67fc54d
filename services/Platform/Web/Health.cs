using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GroupTherapy.Platform.Web;

/// <summary>
/// Live: the process answers, and its bus can still come back. Ready: its own database answers too. A service is ready while the broker or Redis is away.
/// </summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", (Delegate)Live).ForAnyone().ExcludeFromDescription();
        app.MapGet("/health/ready", (Delegate)ReadyAsync).ForAnyone().ExcludeFromDescription();
    }

    private static IResult Live(HttpContext http) =>
        http.RequestServices.GetService<BusLiveness>() is { IsLost: true }
            ? new Problem(503, "bus-lost", "The bus does not come back; this process must be started again.")
            : TypedResults.Ok(new { status = "live" });

    private static async Task<IResult> ReadyAsync(HttpContext http)
    {
        if (http.RequestServices.GetService<NpgsqlDataSource>() is { } source)
        {
            try
            {
                await using var command = source.CreateCommand("select 1");
                command.CommandTimeout = 2;
                await command.ExecuteScalarAsync(http.RequestAborted);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                return Problem.TryAgain();
            }
        }

        return TypedResults.Ok(new { status = "ready" });
    }
}
