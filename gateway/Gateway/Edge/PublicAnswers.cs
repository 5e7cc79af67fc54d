using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Compresses answers that are the same for every caller: the catalogue's lists and the descriptions; for a visitor all of the catalogue. Any other answer to
/// a signed-in caller stays as it is, since its length could betray what else it holds beside a stranger's words (BREACH, decision 0073).
/// </summary>
internal sealed class PublicAnswers(IServiceProvider services, IOptions<ResponseCompressionOptions> options) : IResponseCompressionProvider
{
    private static readonly PathString[] Descriptions = ["/openapi", "/asyncapi", "/docs"];
    private static readonly PathString[] Catalogue = ["/api/groups", "/api/topics", "/api/professions", "/api/jurisdictions"];
    private readonly ResponseCompressionProvider _usual = new(services, options);

    public bool CheckRequestAcceptsCompression(HttpContext context) =>
        (StartsWith(context, Descriptions) || IsForEverybody(context)) && _usual.CheckRequestAcceptsCompression(context);

    // A strong tag stands for one sequence of bytes.
    public bool ShouldCompressResponse(HttpContext context) => context.Response.Headers.ETag.Count == 0 && _usual.ShouldCompressResponse(context);

    public ICompressionProvider? GetCompressionProvider(HttpContext context) => _usual.GetCompressionProvider(context);

    // Below a list lies what a caller's role decides: one group's program, its roster.
    private static bool IsForEverybody(HttpContext context) =>
        context.User.Identity?.IsAuthenticated == true
            ? HttpMethods.IsGet(context.Request.Method) && Catalogue.Any(p => context.Request.Path.Equals(p))
            : StartsWith(context, Catalogue);

    private static bool StartsWith(HttpContext context, PathString[] paths) => paths.Any(p => context.Request.Path.StartsWithSegments(p));
}
