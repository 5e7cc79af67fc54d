using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Platform.Web;

/// <summary><c>HEAD</c> is answered as <c>GET</c>; the server sends no body, since the connection remembers what was asked.</summary>
internal static class HeadRequests
{
    public static IApplicationBuilder UseHeadAsGet(this IApplicationBuilder app) =>
        app.Use(
            (context, next) =>
            {
                if (HttpMethods.IsHead(context.Request.Method))
                {
                    context.Request.Method = HttpMethods.Get;
                }

                return next(context);
            }
        );
}
