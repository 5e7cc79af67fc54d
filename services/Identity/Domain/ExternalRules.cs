namespace GroupTherapy.Identity.Domain;

/// <summary>The trust in an OpenID Connect provider's claims.</summary>
/// <param name="Name">On the button.</param>
/// <param name="Authority">The issuer; its discovery document lies under it.</param>
/// <param name="Only">It replaces passwords: registration and sign-in by password are refused.</param>
/// <param name="LinksByEmail">An e-mail that the provider has verified opens the account that has it, without a question.</param>
/// <param name="TrustsSecondFactor">The provider's <c>amr</c> counts: <c>mfa</c>, or a method that is a second factor.</param>
internal sealed record ExternalRules(
    string Name,
    string Authority,
    string ClientId,
    string? ClientSecret,
    bool Only,
    bool LinksByEmail,
    bool TrustsSecondFactor
)
{
    private const int LongestSubject = 255;
    private static readonly TimeSpan JustNow = TimeSpan.FromMinutes(5);
    private static readonly string[] SecondFactors = ["mfa", "otp", "hwk", "swk", "pop", "sc"];

    /// <returns>Null where the settings name no provider.</returns>
    public static ExternalRules? Read(IConfiguration configuration, bool production)
    {
        var set = configuration.GetSection("ExternalSignIn");
        if (set["Authority"] is not { Length: > 0 } authority)
        {
            return null;
        }

        if (!Uri.TryCreate(authority, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && (production || !uri.IsLoopback)))
        {
            throw new InvalidOperationException("ExternalSignIn:Authority must be an HTTPS address.");
        }

        var only = set.GetValue("Only", false);
        return new ExternalRules(
            set["Name"] ?? uri.Host,
            authority.TrimEnd('/'),
            set["ClientId"] ?? throw new InvalidOperationException("ExternalSignIn:ClientId is not set."),
            set["ClientSecret"],
            only,
            set.GetValue("LinksByEmail", only),
            set.GetValue("TrustsSecondFactor", false)
        );
    }

    /// <summary>
    /// Whether a token names one person, and was made for us (OpenID Connect Core, sections 2 and 3.1.3.7): all without a subject would be one.
    /// </summary>
    /// <param name="madeFor">Its <c>azp</c>; null where it has none.</param>
    /// <param name="audiences">How many it is addressed to: one that others may show too must say for whom it was made.</param>
    public bool Names(string? subject, string? madeFor, int audiences) =>
        subject is { Length: > 0 and <= LongestSubject } && (madeFor is null ? audiences == 1 : madeFor == ClientId);

    /// <summary>How the sign-in counts (<c>amr</c>).</summary>
    public string[] MethodsOf(IEnumerable<string> theirs) =>
        TrustsSecondFactor && theirs.Any(SecondFactors.Contains) ? [SignInMethods.External, "mfa"] : [SignInMethods.External];

    /// <summary>Whether the provider says that the person proved themselves just now, as it was asked for (OpenID Connect Core, max_age).</summary>
    /// <param name="provenAt">Its <c>auth_time</c> in Unix seconds; null where it does not say.</param>
    public static bool IsFresh(long? provenAt, DateTimeOffset now) => provenAt is { } at && Math.Abs(now.ToUnixTimeSeconds() - at) <= JustNow.TotalSeconds;

    /// <summary>A page of our own: nothing that a link could lead elsewhere with.</summary>
    public static string PageOf(string? wish) =>
        wish is ['/', not '/' and not '\\', ..] && wish.Length <= 200 && wish.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_') ? wish : "/";
}
