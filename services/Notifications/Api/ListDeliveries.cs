using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using MailKinds = GroupTherapy.Notifications.Domain.MailKinds;

namespace GroupTherapy.Notifications.Api;

/// <summary><c>GET /api/notifications/log</c>: what was sent in an operator's practices, newest first. People are account ids; no address is stored.</summary>
public static class ListDeliveries
{
    /// <param name="Key">The business key: a second mail with it is never made.</param>
    /// <param name="Error">A code such as <c>550 5.1.1</c>, <c>timeout</c> or <c>switched-off</c>; null when nothing went wrong.</param>
    /// <param name="DueAt">When it was or will be tried.</param>
    /// <param name="ChangedAt">When it came into its state.</param>
    public sealed record Item(
        Guid Id,
        string Practice,
        string Kind,
        string Key,
        Guid? AccountId,
        string State,
        int Attempts,
        string? Error,
        DateTimeOffset CreatedAt,
        DateTimeOffset DueAt,
        DateTimeOffset ChangedAt
    );

    public static void MapListDeliveries(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/notifications/log", HandleAsync)
            .For(Roles.Operator)
            .Produces<Page<Item>>()
            .Describe("listDeliveries", Tag.Operations, "Mails of my practices and what became of them");

    private static async Task<IResult> HandleAsync(
        Db db,
        Caller caller,
        Paging page,
        Guid? accountId,
        string? mailKind,
        string? mailState,
        string? practice,
        CancellationToken ct
    )
    {
        var errors = new FieldErrors()
            .Check(mailKind is null || MailKinds.Find(mailKind) is not null, "mailKind", "There is no such kind of mail.")
            .Check(mailState is null || MailState.All.Contains(mailState), "mailState", $"One of {string.Join(", ", MailState.All)}.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var practices = caller.PracticesAs(Roles.Operator).Where(p => practice is null || p == practice).ToArray();
        var rows = await db.QueryAsync<Item>(
            """
            select id, practice, kind, business_key as key, account_id, state, attempts, error, created_at, due_at, changed_at from mails
            where practice = any(@practices) and (@accountId::uuid is null or account_id = @accountId) and (@mailKind::text is null or kind = @mailKind)
              and (@mailState::text is null or state = @mailState) and (@after::uuid is null or id < @after)
            order by id desc limit @more
            """,
            new
            {
                practices,
                accountId,
                mailKind,
                mailState,
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }
}
