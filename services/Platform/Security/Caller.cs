using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Platform.Security;

/// <summary>The caller of a request: a signed-in person as the gateway vouches for them, or a part of this service.</summary>
/// <param name="AccountId">The account; empty for a service.</param>
/// <param name="SignInId">The sign-in that the token belongs to (<c>sid</c>); empty for a service.</param>
/// <param name="Roles">Every role held anywhere: enough to reach an endpoint, never enough to see or change a resource of a practice.</param>
/// <param name="Memberships">Roles in practices, each as <c>role@practice</c>.</param>
/// <param name="SignInEndsAt">Absolute end of that sign-in: nothing opened under it outlives it.</param>
/// <param name="Who">How the audit record names the caller: <c>account:ID</c> or <c>service:NAME</c>.</param>
public sealed record Caller(
    Guid AccountId,
    Guid SignInId,
    IReadOnlySet<string> Roles,
    IReadOnlySet<string> Memberships,
    DateTimeOffset SignInEndsAt,
    string Who
)
{
    /// <summary>The claim that holds one membership, <c>role@practice</c>.</summary>
    public const string MembershipClaim = "membership";

    /// <summary>The claim that holds one <see cref="Standing"/>, as <c>practice:principal:since</c> in Unix seconds.</summary>
    public const string StandingClaim = "standing";

    /// <summary>How the caller signed in (RFC 8176); <c>otp</c> and <c>mfa</c> say that there were two factors.</summary>
    public const string MethodClaim = "amr";

    /// <summary>When the caller last proved who they are, in Unix seconds (OpenID Connect).</summary>
    public const string AuthenticatedClaim = "auth_time";

    /// <summary>The flags of the account: <c>email-not-confirmed</c>, <c>second-factor-required</c>, <c>step-up-waived</c>.</summary>
    public const string FlagClaim = "flag";

    private static readonly HashSet<string> None = [];

    public static Caller Anonymous { get; } = new(Guid.Empty, Guid.Empty, None, None, DateTimeOffset.MinValue, "anonymous");

    public static Caller System(string part) => new(Guid.Empty, Guid.Empty, None, None, DateTimeOffset.MaxValue, $"service:{part}");

    /// <summary>The header in which the gateway tells from which address a request came, as coarse as its setting says. For the record alone.</summary>
    public const string SourceHeader = "X-Request-Source";

    /// <summary>The claim that says the same, and is believed before the header: where a proxy carries the connection.</summary>
    public const string SourceClaim = "src";

    /// <summary>The address that the request came from; null for a service.</summary>
    public string? Source { get; init; }

    /// <summary>By practice that the caller operates.</summary>
    public IReadOnlyDictionary<string, Standing> Standings { get; init; } = new Dictionary<string, Standing>();

    /// <summary>Whether the caller signed in with a second factor.</summary>
    public bool SecondFactor { get; init; }

    /// <summary>Values of <see cref="FlagClaim"/>.</summary>
    public IReadOnlySet<string> Flags { get; init; } = None;

    public DateTimeOffset AuthenticatedAt { get; init; }

    /// <summary>How long a step-up counts for grave acts.</summary>
    public static readonly TimeSpan ProofCountsFor = TimeSpan.FromMinutes(10);

    /// <summary>Whether the caller proved who they are within the last ten minutes, as grave acts ask; a demonstration may do without.</summary>
    public bool SteppedUp(DateTimeOffset now) => Flags.Contains("step-up-waived") || AuthenticatedAt >= now - ProofCountsFor;

    /// <summary>Whether the caller holds the role anywhere. For a resource of a practice use <see cref="Is(string, string)"/>.</summary>
    public bool Is(string role) => Roles.Contains(role);

    /// <summary>Whether the caller holds the role in this practice.</summary>
    public bool Is(string role, string practice) => Memberships.Contains($"{role}@{practice}");

    /// <summary>The practices in which the caller holds the role, for a query.</summary>
    public string[] PracticesAs(string role) =>
        [.. Memberships.Where(m => m.StartsWith($"{role}@", StringComparison.Ordinal)).Select(m => m[(role.Length + 1)..]).Order(StringComparer.Ordinal)];

    /// <summary>The practices in which the caller holds any role.</summary>
    public IEnumerable<string> Practices => Memberships.Select(m => m[(m.IndexOf('@', StringComparison.Ordinal) + 1)..]).Distinct();

    /// <summary>Reads the claims of a verified internal token.</summary>
    public static Caller From(ClaimsPrincipal user)
    {
        if (user.Identity?.IsAuthenticated != true || !Guid.TryParse(user.FindFirstValue("sub"), out var account))
        {
            return Anonymous;
        }

        _ = Guid.TryParse(user.FindFirstValue("sid"), out var signIn);
        var ends = long.TryParse(user.FindFirstValue("sie"), out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.MinValue;
        return new Caller(account, signIn, Values(user, "role"), Values(user, MembershipClaim), ends, $"account:{account}")
        {
            Standings = Values(user, StandingClaim).Select(Standing.Read).OfType<(string Practice, Standing Of)>().ToDictionary(s => s.Practice, s => s.Of),
            SecondFactor = user.HasClaim(MethodClaim, "otp") || user.HasClaim(MethodClaim, "mfa"),
            Flags = Values(user, FlagClaim),
            AuthenticatedAt = DateTimeOffset.FromUnixTimeSeconds(long.TryParse(user.FindFirstValue(AuthenticatedClaim), out var at) ? at : 0),
        };
    }

    /// <summary>Lets a minimal API handler take a <see cref="Caller"/>.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult<Caller?>(Of(context));

    /// <summary>As <see cref="From"/>, with the address that the request came from.</summary>
    public static Caller Of(HttpContext context) =>
        From(context.User) with
        {
            Source = context.User.FindFirstValue(SourceClaim) ?? (context.Request.Headers[SourceHeader] is [{ Length: > 0 and < 64 } source] ? source : null),
        };

    private static HashSet<string> Values(ClaimsPrincipal user, string type) => user.FindAll(type).Select(c => c.Value).ToHashSet(StringComparer.Ordinal);
}

/// <summary>The weight of an operator's approval beside another's.</summary>
/// <param name="Principal">The operator whose word this one repeats: oneself, or who invited while no second operator has approved.</param>
/// <param name="Since">Since when the caller operates the practice.</param>
public sealed record Standing(Guid Principal, DateTimeOffset Since)
{
    internal static (string Practice, Standing Of)? Read(string claim) =>
        claim.Split(':') is [var practice, var principal, var since] && Guid.TryParse(principal, out var id) && long.TryParse(since, out var seconds)
            ? (practice, new Standing(id, DateTimeOffset.FromUnixTimeSeconds(seconds)))
            : null;
}
