using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>GET /internal/mails/{id}</c> and <c>POST /internal/recipients</c>: what the service that sends mails needs at the moment of sending, and does not keep.
/// </summary>
internal static class MailsToSend
{
    public const int Most = 500;

    /// <param name="Link">Absolute, by the configured public address; it may hold a token.</param>
    public sealed record MailToSend(Guid Id, string Kind, Guid AccountId, string To, string Language, string? Practice, string Link, DateTimeOffset ExpiresAt);

    public sealed record RecipientsRequest(Guid[]? AccountIds);

    /// <param name="Confirmed">Whether the mailbox was proven.</param>
    public sealed record Recipient(Guid AccountId, string Email, bool Confirmed, bool Disabled);

    public sealed record Recipients(IReadOnlyList<Recipient> Items);

    public static void MapMailsToSend(this IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/mails/{id:guid}", GetAsync).ForService("Notifications");
        app.MapPost("/internal/recipients", ListAsync).ForService("Notifications");
    }

    private static async Task<IResult> GetAsync(Guid id, Db db, MailStore mails, CancellationToken ct)
    {
        var row = await db.FirstOrDefaultAsync<MailRow>(
            $"select {MailRow.Columns} from mails where id = @id and over_at is null and expires_at > @now",
            new { id, now = db.Clock.GetUtcNow() },
            ct
        );
        return row is not null && mails.LinkOf(row) is { } link
            ? TypedResults.Ok(new MailToSend(row.Id, row.Kind, row.AccountId, row.Address, row.Language, row.Practice, link, row.ExpiresAt))
            : Problem.NotFound();
    }

    private static async Task<IResult> ListAsync(RecipientsRequest request, Db db, CancellationToken ct)
    {
        if (request.AccountIds is not { Length: > 0 and <= Most } asked)
        {
            return Problem.Invalid("accountIds", $"1 to {Most} ids.");
        }

        return TypedResults.Ok(
            new Recipients(
                await db.QueryAsync<Recipient>(
                    """
                    select id as account_id, email, email_confirmed_at is not null as confirmed, disabled_at is not null as disabled
                    from accounts where id = any(@asked) order by id
                    """,
                    new { asked },
                    ct
                )
            )
        );
    }
}
