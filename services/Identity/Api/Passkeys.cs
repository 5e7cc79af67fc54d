using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Identity.Api;

/// <summary>The answer of the browser's authenticator to a challenge.</summary>
/// <param name="State">As the challenge came with it; good for one answer.</param>
/// <param name="Credential">The credential as JSON (Web Authentication, level 3).</param>
public sealed record PasskeyAnswer([property: Required] string? State, [property: Required] JsonElement? Credential);

/// <param name="Options">For <c>navigator.credentials</c>.</param>
/// <param name="State">Comes back with the answer.</param>
public sealed record PasskeyChallenge(JsonElement Options, string State);

/// <summary>
/// Passkey ceremonies by ASP.NET Core Identity's own handler. The relying party is the host of the configured address, and only its pages may ask. User
/// verification is required. A challenge is kept here and used once.
/// </summary>
internal sealed class Passkeys
{
    public static readonly Problem Refused = new(401, "passkey-refused", "This passkey was not accepted. Try again, or sign in with your password.");
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(5);
    private readonly AccountManagers _managers;
    private readonly IOptions<IdentityPasskeyOptions> _options;

    public Passkeys(AccountManagers managers, IConfiguration configuration)
    {
        _managers = managers;
        var address = new Uri(configuration["Public:Url"] ?? configuration["Gateway:Address"] ?? "http://127.0.0.1:8080");
        // An IP address cannot have passkeys (Web Authentication, section 5.1.2); the same listener is also localhost.
        var site = address.IsLoopback ? new UriBuilder(address) { Host = "localhost" }.Uri : address;
        var origin = site.GetLeftPart(UriPartial.Authority);
        _options = Options.Create(
            new IdentityPasskeyOptions
            {
                ServerDomain = site.Host,
                UserVerificationRequirement = "required",
                ResidentKeyRequirement = "required",
                AuthenticatorTimeout = AnswerWithin,
                ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.Origin == origin),
            }
        );
    }

    /// <summary>Asks the browser to make a passkey for the account.</summary>
    public async Task<PasskeyChallenge> AskToAddAsync(UnitOfWork work, AccountRow account, HttpContext http)
    {
        await using var scope = _managers.In(work);
        var asked = await Handler(scope)
            .MakeCreationOptionsAsync(
                new PasskeyUserEntity
                {
                    Id = account.Id.ToString(),
                    Name = account.Email,
                    DisplayName = account.DisplayName,
                },
                http
            );
        return await KeepAsync(work, account.Id, asked.CreationOptionsJson, asked.AttestationState);
    }

    /// <summary>Asks the browser for any passkey of this site.</summary>
    public async Task<PasskeyChallenge> AskToSignInAsync(UnitOfWork work, HttpContext http)
    {
        await using var scope = _managers.In(work);
        var asked = await Handler(scope).MakeRequestOptionsAsync(null, http);
        return await KeepAsync(work, null, asked.RequestOptionsJson, asked.AssertionState);
    }

    /// <returns>The new passkey's id; null when the answer is not right.</returns>
    public async Task<byte[]?> AddAsync(UnitOfWork work, AccountRow account, PasskeyAnswer answer, string name, HttpContext http)
    {
        if (await TakeAsync(work, account.Id, answer.State) is not { } state)
        {
            return null;
        }

        await using var scope = _managers.In(work);
        var result = await Handler(scope)
            .PerformAttestationAsync(
                new PasskeyAttestationContext
                {
                    HttpContext = http,
                    CredentialJson = answer.Credential?.GetRawText() ?? "",
                    AttestationState = state,
                }
            );
        if (!result.Succeeded || result.UserEntity.Id != account.Id.ToString() || await scope.Manager.FindByIdAsync(account.Id.ToString()) is not { } user)
        {
            return null;
        }

        result.Passkey.Name = name;
        if (!(await scope.Manager.AddOrUpdatePasskeyAsync(user, result.Passkey)).Succeeded)
        {
            return null;
        }

        work.Audit("second-factor.added", account.Id, null, new { kind = "passkey" });
        return result.Passkey.CredentialId;
    }

    /// <returns>The account whose passkey answered; null when the answer is not right.</returns>
    public async Task<Guid?> AssertAsync(UnitOfWork work, PasskeyAnswer answer, HttpContext http)
    {
        if (await TakeAsync(work, null, answer.State) is not { } state)
        {
            return null;
        }

        await using var scope = _managers.In(work);
        var result = await Handler(scope)
            .PerformAssertionAsync(
                new PasskeyAssertionContext
                {
                    HttpContext = http,
                    CredentialJson = answer.Credential?.GetRawText() ?? "",
                    AssertionState = state,
                }
            );
        if (!result.Succeeded)
        {
            work.Audit("sign-in.refused", null, null, new { code = "passkey-refused" });
            return null;
        }

        // The counter and the last use are the authenticator's.
        return (await scope.Manager.AddOrUpdatePasskeyAsync(result.User, result.Passkey)).Succeeded ? result.User.Id : null;
    }

    private PasskeyHandler<Account> Handler(AccountScope scope) => new(scope.Manager, _options);

    private static async Task<PasskeyChallenge> KeepAsync(UnitOfWork work, Guid? account, string options, string? state)
    {
        var token = OpaqueToken.New();
        await work.ExecuteAsync(
            "insert into passkey_challenges (hash, account_id, state, expires_at) values (@hash, @account, @state, @expires)",
            new
            {
                hash = OpaqueToken.Hash(token),
                account,
                state = state ?? "",
                expires = work.Now + AnswerWithin,
            }
        );
        using var json = JsonDocument.Parse(options);
        return new PasskeyChallenge(json.RootElement.Clone(), token);
    }

    private static async Task<string?> TakeAsync(UnitOfWork work, Guid? account, string? token) =>
        token is not { Length: > 0 and <= 100 }
            ? null
            : await work.FirstOrDefaultAsync<string>(
                """
                delete from passkey_challenges where hash = @hash and account_id is not distinct from @account and expires_at > @Now returning state
                """,
                new
                {
                    hash = OpaqueToken.Hash(token),
                    account,
                    work.Now,
                }
            );
}
