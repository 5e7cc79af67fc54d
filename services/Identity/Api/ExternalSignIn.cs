using System.Security.Cryptography;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>/api/identity/external</c>: sign-in by an OpenID Connect provider that the settings name, beside passwords or in their place. <c>start</c> and
/// <c>callback</c> are pages that a browser visits; an error ends at the sign-in page.
/// </summary>
public static class ExternalSignIn
{
    public const string BinderCookie = "gt_external";
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(10);

    /// <param name="Name">Of the provider; null where there is none.</param>
    /// <param name="Only">It replaces passwords.</param>
    public sealed record ExternalProviderInfo(string? Name, bool Only);

    public static void MapExternalSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/api/identity/external",
                (Optional<ExternalRules> rules) => TypedResults.Ok(new ExternalProviderInfo(rules.Value?.Name, rules.Value?.Only == true))
            )
            .ForAnyone()
            .Produces<ExternalProviderInfo>()
            .Describe("getExternalProvider", Tag.Account, "The provider that people may sign in with");
        app.MapGet("/api/identity/external/start", StartAsync).ForAnyone().ExcludeFromDescription();
        app.MapGet("/api/identity/external/callback", FinishAsync).ForAnyone().ExcludeFromDescription();
    }

    /// <summary>Passwords are not used where a provider replaces them.</summary>
    internal static RouteHandlerBuilder UnlessExternalOnly(this RouteHandlerBuilder endpoint) =>
        endpoint
            .Refuses(403, "external-only")
            .AddEndpointFilter(
                async (context, next) =>
                    context.HttpContext.RequestServices.GetRequiredService<Optional<ExternalRules>>().Value is { Only: true } rules
                        ? new Problem(403, "external-only", $"Please sign in with {rules.Name}.")
                        : await next(context)
            );

    private static async Task<IResult> StartAsync(
        string? returnTo,
        bool? again,
        HttpContext http,
        Db db,
        Optional<ExternalProvider> provider,
        ILogger<ExternalProvider> log,
        CancellationToken ct
    )
    {
        if (provider.Value is not { } found)
        {
            return Problem.NotFound();
        }

        var (state, binder) = (OpaqueToken.New(), OpaqueToken.New());
        var (nonce, verifier) = (OpaqueToken.New(), Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(48)));
        string there;
        try
        {
            there = await found.StartAsync(state, nonce, verifier, again == true, ct);
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException)
        {
            log.LogWarning("The provider's description cannot be read ({Kind}, {Inner})", e.GetType().Name, e.InnerException?.GetType().Name);
            return Failed();
        }

        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        await work.ExecuteAsync(
            """
            insert into external_sign_ins (hash, nonce, verifier, return_to, again, expires_at) values (@hash, @nonce, @verifier, @page, @anew, @expires)
            """,
            new
            {
                hash = OpaqueToken.Hash(state + binder),
                nonce,
                verifier,
                page = ExternalRules.PageOf(returnTo),
                anew = again == true,
                expires = work.Now + Within,
            }
        );
        await work.CommitAsync(ct);
        http.Response.Cookies.Append(BinderCookie, binder, Binder(Within));
        return TypedResults.Redirect(there);
    }

    private static async Task<IResult> FinishAsync(
        string? code,
        string? state,
        HttpContext http,
        Db db,
        Optional<ExternalProvider> provider,
        Optional<ExternalRules> rules,
        AccountManagers managers,
        SignIns signIns,
        CancellationToken ct
    )
    {
        if (provider.Value is not { } found || rules.Value is not { } trusted)
        {
            return Problem.NotFound();
        }

        var binder = http.Request.Cookies[BinderCookie];
        http.Response.Cookies.Delete(BinderCookie, Binder(null));
        if (
            binder is not { Length: > 20 and <= 100 }
            || state is not { Length: > 20 and <= 100 }
            || code is not { Length: > 0 and <= 4096 }
            || !signIns.CanSign
        )
        {
            return Failed();
        }

        // Taken first, in a transaction of its own: a code that is shown twice is not redeemed twice.
        Pending? pending;
        await using (var take = await db.BeginAsync(Caller.Anonymous, ct))
        {
            pending = await take.FirstOrDefaultAsync<Pending>(
                "delete from external_sign_ins where hash = @hash and expires_at > @Now returning nonce, verifier, return_to, again",
                new { hash = OpaqueToken.Hash(state + binder), take.Now }
            );
            await take.CommitAsync(ct);
        }

        if (
            pending is null
            || await RedeemAsync(found, code, pending, ct) is not { } token
            || (pending.Again && !ExternalRules.IsFresh(token.TryGetPayloadValue<long>("auth_time", out var at) ? at : null, db.Clock.GetUtcNow()))
        )
        {
            return Failed();
        }

        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        if (await AccountOfAsync(work, managers, trusted, token) is not { } id || await AccountStore.ByIdAsync(work, id) is not { DisabledAt: null })
        {
            work.Audit("sign-in.refused", null, null, new { code = "external-refused" });
            await work.CommitAsync(ct);
            return Failed();
        }

        var methods = trusted.MethodsOf(token.Claims.Where(c => c.Type == "amr").Select(c => c.Value));
        await signIns.StartAsync(work, id, methods, byCookie: true, http, ct);
        return TypedResults.Redirect($"/sign-in?to={Uri.EscapeDataString(pending.ReturnTo)}#signed-in");
    }

    private static async Task<JsonWebToken?> RedeemAsync(ExternalProvider provider, string code, Pending pending, CancellationToken ct)
    {
        try
        {
            return await provider.RedeemAsync(code, pending.Nonce, pending.Verifier, ct);
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The account that the provider's person has here: linked before, opened by a verified e-mail, or made now.</summary>
    private static async Task<Guid?> AccountOfAsync(UnitOfWork work, AccountManagers managers, ExternalRules rules, JsonWebToken token)
    {
        var known = await work.FirstOrDefaultAsync<Guid?>(
            "select account_id from external_logins where issuer = @Issuer and subject = @Subject",
            new { token.Issuer, token.Subject }
        );
        if (known is not null)
        {
            return known;
        }

        var verified = token.TryGetPayloadValue<bool>("email_verified", out var flag) && flag;
        if (!verified || !token.TryGetPayloadValue<string>("email", out var email) || !EmailRules.IsValid(email))
        {
            return null;
        }

        var account = await AccountStore.ByEmailAsync(work, managers.Normalize(email));
        if (account is not null && !rules.LinksByEmail)
        {
            return null;
        }

        if (account is { EmailConfirmedAt: null, PasswordHash: not null })
        {
            // The account's maker had not proven the mailbox.
            await SecondFactors.RemoveAllAsync(work, account.Id);
            await SignInStore.RevokeAllAsync(work, account.Id, "password-changed");
            await work.ExecuteAsync("update accounts set password_hash = null where id = @Id", new { account.Id });
        }

        var name =
            token.TryGetPayloadValue<string>("name", out var theirs) && theirs is { Length: > 0 and <= 100 } && !new FieldErrors().Name(theirs, "name", 100).Any
                ? theirs
                : Register.DefaultName;
        var id = account?.Id ?? (await AccountStore.CreateAsync(work, managers, email, name, null, isMember: true))?.Id;
        if (id is { } made)
        {
            await EmailConfirmation.MarkAsync(work, made);
            await work.ExecuteAsync(
                "insert into external_logins (issuer, subject, account_id, linked_at) values (@Issuer, @Subject, @made, @Now)",
                new
                {
                    token.Issuer,
                    token.Subject,
                    made,
                    work.Now,
                }
            );
            work.Audit("account.external-linked", made);
        }

        return id;
    }

    private static IResult Failed() => TypedResults.Redirect("/sign-in#external-failed");

    // Lax: the browser comes back from the provider's site.
    private static CookieOptions Binder(TimeSpan? lifetime) =>
        new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            IsEssential = true,
            MaxAge = lifetime,
        };

    private sealed record Pending(string Nonce, string Verifier, string ReturnTo, bool Again);
}

/// <summary>A service that a deployment may do without.</summary>
internal sealed record Optional<T>(T? Value)
    where T : class;

internal static class ExternalSetup
{
    public static void AddExternalSignIn(this WebApplicationBuilder builder)
    {
        var rules = ExternalRules.Read(builder.Configuration, builder.Environment.IsProduction());
        var site = (builder.Configuration["Public:Url"] ?? builder.Configuration["Gateway:Address"] ?? "http://127.0.0.1:8080").TrimEnd('/');
        builder.Services.AddSingleton(new Optional<ExternalRules>(rules));
        builder.Services.AddSingleton(services => new Optional<ExternalProvider>(
            rules is null ? null : new ExternalProvider(rules, site, services.GetRequiredService<TimeProvider>())
        ));
    }
}
