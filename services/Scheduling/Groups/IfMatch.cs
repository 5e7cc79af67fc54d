using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Scheduling.Groups;

/// <summary>Two operators with the same group open: who says what they saw is told that it is stale. Who says nothing changes the group as it is then.</summary>
internal static class IfMatch
{
    /// <returns>A refusal, or null when the caller saw the group as it is or did not say.</returns>
    public static Problem? Refuse(HttpContext http, GroupRow group)
    {
        var tags = http.Request.Headers.IfMatch;
        return tags.Count == 0 || tags.SelectMany(t => (t ?? "").Split(',', StringSplitOptions.TrimEntries)).Any(t => t == "*" || t == group.ETag)
            ? null
            : new Problem(412, "stale", "Somebody changed this group meanwhile. Load it again and repeat the change.");
    }
}
