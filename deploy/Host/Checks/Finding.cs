namespace GroupTherapy.Host.Checks;

/// <summary>How a fact stands.</summary>
public enum Standing
{
    /// <summary>In order.</summary>
    Ok,

    /// <summary>Worth knowing; no reason to wait.</summary>
    Advice,

    /// <summary>To be done before the first member comes.</summary>
    Missing,
}

/// <summary>One fact about a deployment.</summary>
/// <param name="Check">A stable code, such as <c>certificate</c>.</param>
/// <param name="Text">A sentence for the operator: the fact, and the remedy where there is one.</param>
public sealed record Finding(string Check, Standing Standing, string Text)
{
    public static Finding Ok(string check, string text) => new(check, Standing.Ok, text);

    public static Finding Advice(string check, string text) => new(check, Standing.Advice, text);

    public static Finding Missing(string check, string text) => new(check, Standing.Missing, text);
}
