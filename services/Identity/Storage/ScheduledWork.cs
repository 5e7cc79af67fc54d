namespace GroupTherapy.Identity.Storage;

/// <summary>Kinds of scheduled work.</summary>
internal static class ScheduledWork
{
    /// <summary>One row with an empty key, due when the next key must be made or an old one forgotten.</summary>
    public const string RotateSigningKeys = "signing-key.rotate";

    /// <summary>One row with an empty key: what <see cref="TraceStore"/> lists.</summary>
    public const string RemoveTraces = "traces.remove";

    /// <summary>By the id of an export that is over then.</summary>
    public const string ForgetExport = "export.forget";
}
