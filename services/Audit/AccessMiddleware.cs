using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Audit;

/// <summary>An endpoint whose every answer is taken down, because it shows something of a person. Part of its definition, beside who may call it.</summary>
public sealed record SensitiveRead(string Act);

public static class SensitiveReadExtensions
{
    /// <param name="act">As of entries of changes: <c>thing.read</c>. Ids are taken from the path and the query.</param>
    public static TBuilder Sensitive<TBuilder>(this TBuilder endpoint, string act)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new SensitiveRead(act));
}

/// <summary>Sees every answer of the service last and tells the <see cref="AccessTrail"/> of refusals, sensitive reads and repeated answers.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, AccessTrail trail)
{
    private static readonly string[] People = ["memberId", "subject", "accountId"];
    private static readonly string[] Things = ["id", "sessionId", "groupId", "participantId"];

    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<MayCall>() is not { } mayCall)
        {
            return;
        }

        var status = context.Response.StatusCode;
        // A 404 without an id in the path tells of a thing of the caller's own that is not there yet.
        if (status is 401 or 403 || (status == 404 && !mayCall.Anonymous && endpoint.RoutePattern.Parameters.Count > 0))
        {
            Record("access.refused", $"{status} {context.Items[typeof(Problem)] ?? "-"} {context.Request.Method} {endpoint.RoutePattern.RawText}");
        }
        else if (context.Response.Headers.ContainsKey("Idempotency-Replayed"))
        {
            Record("answer.repeated", $"{status} {context.Request.Method} {endpoint.RoutePattern.RawText}");
        }
        else if (status is >= 200 and < 300 && endpoint.Metadata.GetMetadata<SensitiveRead>() is { } read)
        {
            Record(read.Act, endpoint.RoutePattern.RawText ?? "");
        }

        void Record(string act, string what)
        {
            var caller = Caller.Of(context);
            var (subject, reference) = (IdOf(context, People), IdOf(context, Things));
            // Without an id it is about the caller's own practice, where that is one.
            var practices = caller.Practices.ToList();
            trail.Record(
                new Access(
                    act,
                    caller.Who,
                    subject,
                    reference,
                    subject is null && reference is null && practices is [var only] ? only : null,
                    caller.Source,
                    what
                )
            );
        }
    }

    private static Guid? IdOf(HttpContext context, string[] names)
    {
        foreach (var name in names)
        {
            var text = context.Request.RouteValues[name]?.ToString() ?? context.Request.Query[name].FirstOrDefault();
            if (Guid.TryParse(text, out var id))
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>Puts it around everything, so that it sees what the client sees.</summary>
    internal sealed class Outermost : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.UseMiddleware<AccessMiddleware>();
                next(app);
            };
    }
}
