using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Compresses answers that are the same for every caller: the catalogue for a visitor, and the descriptions. An answer to a signed-in caller stays as it is,
/// since its length could betray what else it holds beside a stranger's words (BREACH).
/// </summary>
internal sealed class PublicAnswers(IServiceProvider services, IOptions<ResponseCompressionOptions> options) : IResponseCompressionProvider
{
    private static readonly PathString[] Descriptions = ["/openapi", "/asyncapi", "/docs"];
    private static readonly PathString[] ForVisitors = ["/api/groups", "/api/topics", "/api/professions", "/api/jurisdictions"];
    private readonly ResponseCompressionProvider _usual = new(services, options);

    public bool CheckRequestAcceptsCompression(HttpContext context) =>
        (StartsWith(context, Descriptions) || (context.User.Identity?.IsAuthenticated != true && StartsWith(context, ForVisitors)))
        && _usual.CheckRequestAcceptsCompression(context);

    // A strong tag stands for one sequence of bytes.
    public bool ShouldCompressResponse(HttpContext context) => context.Response.Headers.ETag.Count == 0 && _usual.ShouldCompressResponse(context);

    public ICompressionProvider? GetCompressionProvider(HttpContext context) => _usual.GetCompressionProvider(context);

    private static bool StartsWith(HttpContext context, PathString[] paths) => paths.Any(p => context.Request.Path.StartsWithSegments(p));
}
