using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace GroupTherapy.Platform.Web;

/// <summary>
/// <c>If-Match</c> of RFC 9110: a caller who saw an older version of a resource gets a refusal. Without the header the change applies to the resource as it
/// is.
/// </summary>
public static class IfMatch
{
    /// <param name="etag">The strong tag of the resource as it is.</param>
    /// <param name="stale">A sentence for the caller who saw another version.</param>
    /// <returns>A refusal, or null when the caller saw the resource as it is or did not say.</returns>
    public static Problem? Refuse(HttpContext http, string etag, string stale)
    {
        var header = http.Request.Headers.IfMatch;
        if (header.Count == 0)
        {
            return null;
        }

        if (!EntityTagHeaderValue.TryParseStrictList(header, out var tags) || (tags.Count > 1 && tags.Any(t => t.Tag == "*")))
        {
            return Problem.Invalid("If-Match", "A list of strong tags like \"1\", or * alone.");
        }

        return tags.Any(t => !t.IsWeak && (t.Tag == "*" || t.Tag == etag)) ? null : new Problem(412, "stale", stale);
    }
}
