using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Platform.Web;

/// <summary>The roles that may call an endpoint: part of its definition, printed in OpenAPI, and held against the written contract by a test.</summary>
/// <param name="Anonymous">No sign-in needed.</param>
/// <param name="Roles">Empty with sign-in: any signed-in person.</param>
public sealed record MayCall(bool Anonymous, IReadOnlyList<string> Roles);

/// <summary>An endpoint whose caller must have proven who they are within the last ten minutes: otherwise 403 <c>step-up-required</c>.</summary>
public sealed record StepUp
{
    public static readonly Problem Required = new(403, "step-up-required", "Please prove again that it is you. Then this works for ten minutes.");
}

public static class MayCallExtensions
{
    public static TBuilder ForAnyone<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new MayCall(true, []), new AllowAnonymousAttribute());

    public static TBuilder ForSignedIn<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new MayCall(false, []), new AuthorizeAttribute());

    public static TBuilder For<TBuilder>(this TBuilder endpoint, params string[] roles)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new MayCall(false, roles), new AuthorizeAttribute { Roles = string.Join(',', roles) });

    /// <inheritdoc cref="StepUp"/>
    public static RouteHandlerBuilder AfterStepUp(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new StepUp()).AddEndpointFilter(
        async (context, next) =>
            Caller.From(context.HttpContext.User).SteppedUp(context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow())
                ? await next(context) : StepUp.Required);
}

/// <summary>401 and 403 as problem details; an endpoint that names no caller refuses every caller.</summary>
internal sealed class ProblemsForRefusedCallers : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        Microsoft.AspNetCore.Authorization.Policy.PolicyAuthorizationResult authorizeResult
    )
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
        }
        else if (context.GetEndpoint() is not { } endpoint)
        {
            await Problem.NotFound().ExecuteAsync(context);
        }
        else if (endpoint is not RouteEndpoint)
        {
            // Routing's own answer: the path is known, the method or the media type is not.
            await next(context);
            if (!context.Response.HasStarted && Bare(context.Response.StatusCode) is { } problem)
            {
                await problem.ExecuteAsync(context);
            }
        }
        else if (authorizeResult.Challenged)
        {
            await new Problem(401, "not-signed-in", "Please sign in.").ExecuteAsync(context);
        }
        else
        {
            await new Problem(403, "not-allowed", "Your account may not do this.").ExecuteAsync(context);
        }
    }

    private static Problem? Bare(int status) =>
        status switch
        {
            405 => new Problem(405, "method-not-allowed", "This method is not used here."),
            415 => new Problem(415, "unsupported-media-type", "Send application/json."),
            _ => null,
        };
}
