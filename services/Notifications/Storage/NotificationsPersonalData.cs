using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Notifications.V1;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Notifications.Storage;

/// <summary>The data that Notifications holds about a person: their preferences, and which mails went to them when. No address, no text.</summary>
public sealed class NotificationsPersonalData(Db db) : IPersonalData
{
    public async Task<JsonObject> ExportAsync(Guid account, CancellationToken ct) =>
        new()
        {
            ["wishes"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<WishesRow>(
                    """select language, time_zone, quiet_from, quiet_to, "off" from preferences where account_id = @account""",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["mails"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<MailRow>(
                    "select kind, state, created_at, changed_at from mails where account_id = @account order by id",
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
        };

    public async Task<Erasure> EraseAsync(UnitOfWork work, Guid account, CancellationToken ct)
    {
        var mails = await work.ExecuteAsync("delete from mails where account_id = @account", new { account });
        var wishes = await work.ExecuteAsync("delete from preferences where account_id = @account", new { account });
        await work.ExecuteAsync(
            """
            delete from profiles where account_id = @account;
            delete from bounces where account_id = @account;
            delete from absences where account_id = @account;
            delete from enrollments where member_id = @account;
            delete from eligibility where member_id = @account;
            delete from seats_at_risk where member_id = @account;
            delete from staff where account_id = @account
            """,
            new { account }
        );
        var entries = await work.FirstOrDefaultAsync<int>(
            "select count(*)::int from audit_entries where subject = @account or who = @who",
            new { account, who = $"account:{account}" }
        );
        return new Erasure(
            [new ErasedPart("mails in the delivery log", mails), new ErasedPart("wishes about mails", wishes)],
            [.. Retention.Keep("audit entries", entries, "audit-record", work.Now)]
        );
    }

    public object Told(Guid erasureId, Guid account, Erasure done, DateTimeOffset at) => new PersonErased(erasureId, account, done.Erased, done.Kept, at);

    private sealed record WishesRow(string? Language, string? TimeZone, string? QuietFrom, string? QuietTo, string[] Off);

    private sealed record MailRow(string Kind, string State, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt);
}
