using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GroupTherapy.Platform.Web;

/// <summary>Live: the process answers. Ready: its own database answers too. The broker and Redis may be away; that makes nobody unready.</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new { status = "live" })).ForAnyone().ExcludeFromDescription();
        app.MapGet("/health/ready", (Delegate)ReadyAsync).ForAnyone().ExcludeFromDescription();
    }

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
