using GroupTherapy.Platform.Web;

namespace GroupTherapy.Scheduling.Groups;

/// <summary>Two operators with the same group open: the second is told, not overwritten silently.</summary>
internal static class IfMatch
{
    /// <param name="needed">Whether a request without the header is refused.</param>
    /// <returns>A refusal, or null when the caller saw the group as it is.</returns>
    public static Problem? Refuse(HttpContext http, GroupRow group, bool needed = true)
    {
        var tags = http.Request.Headers.IfMatch;
        if (tags.Count == 0)
        {
            return needed ? new Problem(428, "if-match-needed", "Send the ETag of the group as you saw it in If-Match.") : null;
        }

        return tags.SelectMany(t => (t ?? "").Split(',', StringSplitOptions.TrimEntries)).Any(t => t == "*" || t == group.ETag)
            ? null
            : new Problem(412, "stale", "Somebody changed this group meanwhile. Load it again and repeat the change.");
    }
}
