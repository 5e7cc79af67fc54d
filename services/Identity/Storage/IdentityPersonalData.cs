using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Identity.Storage;

/// <summary>The data that Identity holds about a person: the account and its sign-ins. It is erased last: see <see cref="ErasureStore"/>.</summary>
internal sealed class IdentityPersonalData(Db db) : IPersonalData
{
    public async Task<JsonObject> ExportAsync(Guid account, CancellationToken ct) =>
        new()
        {
            ["account"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<AccountPart>(
                    "select id, email, display_name, two_factor_enabled as second_factor, created_at from accounts where id = @account",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["memberships"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<MembershipPart>(
                    "select practice, role, since from memberships where account_id = @account order by since",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["signIns"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<SignInPart>(
                    "select started_at, ends_at, revoked_at, device from sign_ins where account_id = @account order by started_at",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["passkeys"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<PasskeyPart>(
                    "select data ->> 'Name' as name, (data ->> 'CreatedAt')::timestamptz as created_at from passkeys where account_id = @account",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["mails"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<MailPart>(
                    "select kind, address, created_at from mails where account_id = @account order by created_at",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["externalLogins"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<ExternalPart>("select issuer, subject, linked_at from external_logins where account_id = @account", new { account }, ct),
                ContractJson.Options
            ),
        };

    public Task<Erasure> EraseAsync(UnitOfWork work, Guid account, CancellationToken ct) =>
        throw new InvalidOperationException("The account is erased when every other service has answered.");

    public object Told(Guid erasureId, Guid account, Erasure done, DateTimeOffset at) =>
        throw new InvalidOperationException("Identity publishes no proof of its own: it keeps the proofs.");

    private sealed record AccountPart(Guid Id, string Email, string DisplayName, bool SecondFactor, DateTimeOffset CreatedAt);

    private sealed record MembershipPart(string Practice, string Role, DateTimeOffset Since);

    private sealed record SignInPart(DateTimeOffset StartedAt, DateTimeOffset EndsAt, DateTimeOffset? RevokedAt, string Device);

    private sealed record PasskeyPart(string? Name, DateTimeOffset? CreatedAt);

    private sealed record MailPart(string Kind, string Address, DateTimeOffset CreatedAt);

    private sealed record ExternalPart(string Issuer, string Subject, DateTimeOffset LinkedAt);
}
