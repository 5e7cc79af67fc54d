using GroupTherapy.Description;
using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Rendering;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Notifications.Api;

/// <summary>
/// <c>GET|POST /api/notifications/unsubscribe/{token}</c>: the one-click unsubscribe of RFC 8058. Mail programs post without a sign-in; a person who follows
/// the link is asked first, since programs that scan mails follow links too.
/// </summary>
public static class Unsubscribe
{
    private sealed record Mailed(Guid AccountId, string Kind, string? Language);

    public static void MapUnsubscribe(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/notifications/unsubscribe/{token}", AskAsync)
            .ForAnyone()
            .Produces<string>(200, "text/html")
            .Describe("askUnsubscribe", Tag.Profile, "A page that asks whether mails of a kind shall stop");
        app.MapPost("/api/notifications/unsubscribe/{token}", StopAsync)
            .ForAnyone()
            .Produces<string>(200, "text/html")
            .Describe("unsubscribe", Tag.Profile, "Stop optional mails of the kind that a mail was of");
    }

    private static async Task<IResult> AskAsync(string token, Db db, Keys keys, MailTexts texts, CancellationToken ct) =>
        await FindAsync(token, db, keys, ct) is { } mail ? Page(texts.Page("unsubscribe-ask", PreferenceRules.LanguageOf(mail.Language))) : Problem.NotFound();

    // The body is not read: its one field says what the address says.
    private static async Task<IResult> StopAsync(string token, Db db, Keys keys, MailTexts texts, CancellationToken ct)
    {
        if (await FindAsync(token, db, keys, ct) is not { } mail)
        {
            return Problem.NotFound();
        }

        await using var work = await db.BeginAsync(Caller.System(nameof(Unsubscribe)), ct);
        await PeopleStore.SwitchOffAsync(work, mail.AccountId, mail.Kind);
        work.Audit("notifications.unsubscribed", mail.AccountId, data: new { kind = mail.Kind });
        await work.CommitAsync(ct);
        return Page(texts.Page("unsubscribe-done", PreferenceRules.LanguageOf(mail.Language)));
    }

    private static async Task<Mailed?> FindAsync(string token, Db db, Keys keys, CancellationToken ct)
    {
        var mail = keys.MailOf(token) is { } id
            ? await db.FirstOrDefaultAsync<Mailed>(
                """
                select m.account_id, m.kind, coalesce(p.language, f.language) as language from mails m
                left join preferences p on p.account_id = m.account_id left join profiles f on f.account_id = m.account_id
                where m.id = @id and m.account_id is not null
                """,
                new { id },
                ct
            )
            : null;
        return mail is not null && MailKinds.Optional.Contains(mail.Kind) ? mail : null;
    }

    private static IResult Page(string html) => TypedResults.Content(html, "text/html; charset=utf-8");
}
