using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Unicode;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Identity.Api;

/// <summary><c>/api/identity/passkeys</c> and <c>login/passkey</c>: adds, lists and removes passkeys, and signs in with one alone.</summary>
public static class PasskeyEndpoints
{
    public sealed record AddRequest([Required] string? State, [Required] JsonElement? Credential, [Required] string? Name);

    /// <param name="RecoveryCodes">With the first second factor alone: shown now and never again.</param>
    public sealed record Added(string Id, string Name, IReadOnlyList<string>? RecoveryCodes);

    /// <param name="Id">Of the credential, in Base64url.</param>
    public sealed record Passkey(string Id, string Name, DateTimeOffset CreatedAt, bool Synced);

    public sealed record PasskeyList(IReadOnlyList<Passkey> Items);

    public static void MapPasskeys(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/identity/passkeys/creationOptions", AskToAddAsync)
            .ForSignedIn()
            .Produces<PasskeyChallenge>()
            .Describe("startPasskey", Tag.Account, "Begin to add a passkey")
            .AfterStepUp();
        app.MapPost("/api/identity/passkeys", AddAsync)
            .ForSignedIn()
            .Produces<Added>(201)
            .Describe("addPasskey", Tag.Account, "Add the passkey that the browser made")
            .AfterStepUp();
        app.MapGet("/api/identity/passkeys", ListAsync).ForSignedIn().Produces<PasskeyList>().Describe("listPasskeys", Tag.Account, "Your passkeys");
        app.MapDelete("/api/identity/passkeys/{passkeyId}", RemoveAsync)
            .ForSignedIn()
            .Produces(204)
            .ProducesProblem(404)
            .Describe("removePasskey", Tag.Account, "Remove a passkey")
            .AfterStepUp()
            .Refuses(409, "last-factor");
        app.MapPost("/api/identity/login/passkeyOptions", AskToSignInAsync)
            .ForAnyone()
            .Produces<PasskeyChallenge>()
            .Describe("startPasskeySignIn", Tag.Account, "Begin to sign in with a passkey");
        app.MapPost("/api/identity/login/passkey", SignInAsync)
            .ForAnyone()
            .Produces<SignedIn>()
            .Describe("signInWithPasskey", Tag.Account, "Sign in with a passkey alone")
            .Refuses(401, "passkey-refused");
    }

    private static async Task<IResult> AskToAddAsync(Caller caller, HttpContext http, Db db, Passkeys passkeys, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        var account = (await AccountStore.ByIdAsync(work, caller.AccountId))!;
        if (ManageTwoFactor.Unguarded(account, caller) is { } refusal)
        {
            return refusal;
        }

        var challenge = await passkeys.AskToAddAsync(work, account, http);
        await work.CommitAsync(ct);
        return TypedResults.Ok(challenge);
    }

    private static async Task<IResult> AddAsync(
        AddRequest request,
        Caller caller,
        HttpContext http,
        Writes writes,
        Passkeys passkeys,
        SecondFactors factors,
        MailStore mails
    )
    {
        var errors = new FieldErrors()
            .Name(request.Name, "name", 100)
            .Texts(request.Credential, "credential")
            .Check(request.State is { Length: > 0 }, "state", "This is needed.")
            .Check(request.Credential is not null, "credential", "This is needed.");
        return errors.Any
            ? errors.ToProblem()
            : await writes.RunAsync(
                http,
                caller,
                request,
                async work =>
                {
                    var account = (await AccountStore.ByIdAsync(work, caller.AccountId))!;
                    if (ManageTwoFactor.Unguarded(account, caller) is { } refusal)
                    {
                        return Reply.Refused(refusal);
                    }

                    var name = NameRules.Trim(request.Name!);
                    if (await passkeys.AddAsync(work, account, new PasskeyAnswer(request.State, request.Credential), name, http) is not { } made)
                    {
                        return Reply.Refused(Problem.Invalid("credential", "This passkey was not accepted. Please begin again."));
                    }

                    var codes = account.SecondFactor ? null : await factors.NewRecoveryCodesAsync(work, account.Id);
                    await ManageTwoFactor.ProvenAsync(work, caller, SignInMethods.Passkey);
                    await mails.RequestAsync(work, MailKinds.SecondFactorChanged, account);
                    var id = Base64UrlEncoder.Encode(made);
                    return Reply.Created($"/api/identity/passkeys/{id}", new Added(id, name, codes)) with { Kept = new Added(id, name, null) };
                }
            );
    }

    private static async Task<IResult> ListAsync(Caller caller, Db db, CancellationToken ct)
    {
        var rows = await db.QueryAsync<Row>(
            """
            select credential_id, data ->> 'Name' as name, (data ->> 'CreatedAt')::timestamptz as created_at,
                coalesce((data ->> 'IsBackedUp')::boolean, false) as synced
            from passkeys where account_id = @AccountId order by 3, 1
            """,
            new { caller.AccountId },
            ct
        );
        return TypedResults.Ok(
            new PasskeyList([.. rows.Select(r => new Passkey(Base64UrlEncoder.Encode(r.CredentialId), r.Name ?? "", r.CreatedAt, r.Synced))])
        );
    }

    private static async Task<IResult> RemoveAsync(string passkeyId, Caller caller, Db db, AccountPolicy policy, MailStore mails, CancellationToken ct)
    {
        if (IdOf(passkeyId) is not { } credential)
        {
            return Problem.NotFound();
        }

        await using var work = await db.BeginAsync(caller, ct);
        var account = (await AccountStore.ByIdAsync(work, caller.AccountId))!;
        if (ManageTwoFactor.Unguarded(account, caller) is { } refusal)
        {
            return refusal;
        }

        if (
            await work.ExecuteAsync(
                "delete from passkeys where account_id = @AccountId and credential_id = @credential",
                new { caller.AccountId, credential }
            ) != 1
        )
        {
            return Problem.NotFound();
        }

        if (policy.SecondFactor && AccountPolicy.IsStaff(account.Roles) && (await AccountStore.ByIdAsync(work, account.Id))?.SecondFactor == false)
        {
            return ManageTwoFactor.LastFactor;
        }

        work.Audit("second-factor.removed", account.Id, null, new { kind = "passkey" });
        await mails.RequestAsync(work, MailKinds.SecondFactorChanged, account);
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> AskToSignInAsync(HttpContext http, Db db, Passkeys passkeys, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        var challenge = await passkeys.AskToSignInAsync(work, http);
        await work.CommitAsync(ct);
        return TypedResults.Ok(challenge);
    }

    private static async Task<IResult> SignInAsync(
        PasskeyAnswer request,
        bool? useCookies,
        HttpContext http,
        Db db,
        Passkeys passkeys,
        SignIns signIns,
        CancellationToken ct
    )
    {
        if (!signIns.CanSign)
        {
            return Problem.TryAgain();
        }

        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        if (await passkeys.AssertAsync(work, request, http) is not { } id || await AccountStore.ByIdAsync(work, id) is not { DisabledAt: null })
        {
            await work.CommitAsync(ct);
            return Passkeys.Refused;
        }

        return await signIns.StartAsync(work, id, SignInMethods.Passkey, useCookies == true, http, ct);
    }

    // Letters alone do not make it one: the last of them may stand for half a byte.
    private static byte[]? IdOf(string text)
    {
        if (text.Length is 0 or > 1400 || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return null;
        }

        try
        {
            return Base64UrlEncoder.DecodeBytes(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed class Row
    {
        public byte[] CredentialId { get; init; } = [];

        public string? Name { get; init; }

        public DateTimeOffset CreatedAt { get; init; }

        public bool Synced { get; init; }
    }
}
