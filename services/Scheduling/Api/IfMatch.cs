using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Domain;
using Microsoft.Net.Http.Headers;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// <c>If-Match</c> of RFC 9110: an operator who saw an older version of the group is told so. Without the header the change applies to the group as it
/// is.
/// </summary>
internal static class IfMatch
{
    /// <returns>A refusal, or null when the caller saw the group as it is or did not say.</returns>
    public static Problem? Refuse(HttpContext http, Group group) => Refuse(http, group.ETag, "group");

    /// <inheritdoc cref="Refuse(HttpContext, Group)"/>
    /// <param name="what">What it is called in the refusal.</param>
    public static Problem? Refuse(HttpContext http, string etag, string what)
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

        return tags.Any(t => !t.IsWeak && (t.Tag == "*" || t.Tag == etag))
            ? null
            : new Problem(412, "stale", $"Another operator changed this {what} meanwhile. Load it again and repeat the change.");
    }
}
