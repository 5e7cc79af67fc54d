using System.ComponentModel.DataAnnotations;
using GroupTherapy.Description;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Notifications.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Notifications.Api;

/// <summary><c>GET|PUT /api/me/notifications</c>: how a person wants to be written to.</summary>
public static class MyNotifications
{
    /// <summary>Hours in which no reminder arrives, on the person's own clock; may go over midnight.</summary>
    public sealed record Hours([Required] string? From, [Required] string? To);

    /// <summary>Whether mails of an optional kind are sent.</summary>
    public sealed record KindChoice([Required] string? Kind, [Required] bool? On);

    /// <param name="Language">Of mails.</param>
    /// <param name="TimeZone">In which times are written; null: that of each session.</param>
    /// <param name="Kinds">Every optional kind. All others are always sent.</param>
    public sealed record Choices(string Language, string? TimeZone, Hours? QuietHours, IReadOnlyList<KindChoice> Kinds);

    /// <param name="Language">Left out or null: as the profile says.</param>
    /// <param name="TimeZone">As <paramref name="Language"/>.</param>
    /// <param name="Kinds">Kinds that are left out are switched on.</param>
    public sealed record ChoicesRequest(string? Language = null, string? TimeZone = null, Hours? QuietHours = null, IReadOnlyList<KindChoice>? Kinds = null);

    public static void MapMyNotifications(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me/notifications", GetAsync)
            .ForSignedIn()
            .Produces<Choices>()
            .Describe("getMyNotifications", Tag.Profile, "How I want to be written to");
        app.MapPut("/api/me/notifications", SaveAsync)
            .ForSignedIn()
            .Produces<Choices>()
            .Describe("saveMyNotifications", Tag.Profile, "Say how I want to be written to");
    }

    private static async Task<IResult> GetAsync(Db db, Caller caller, Profiles profiles, CancellationToken ct)
    {
        // The profile may have changed; without Enrollment the last answer counts.
        await profiles.ReadAsync([caller.AccountId], ct);
        await using var work = await db.BeginAsync(caller, ct);
        return TypedResults.Ok(await ReadAsync(work));
    }

    private static Task<IResult> SaveAsync(ChoicesRequest request, Caller caller, HttpContext http, Writes writes)
    {
        var (hours, kinds) = (request.QuietHours, request.Kinds ?? []);
        var errors = new FieldErrors()
            .Check(
                request.Language is null || PreferenceRules.Languages.Contains(request.Language),
                "language",
                $"One of {string.Join(", ", PreferenceRules.Languages)}."
            )
            .Check(request.TimeZone is null || PreferenceRules.ZoneOf(request.TimeZone) is not null, "timeZone", "A time zone like America/New_York.")
            .Check(hours is null || PreferenceRules.TimeOf(hours.From) is not null, "quietHours.from", "A time of day like 21:00.")
            .Check(hours is null || PreferenceRules.TimeOf(hours.To) is not null, "quietHours.to", "A time of day like 08:00.")
            .Check(hours is null || hours.From != hours.To, "quietHours.to", "The end must differ from the beginning.")
            .Check(
                kinds.All(k => k?.Kind is not null && MailKinds.Optional.Contains(k.Kind)),
                "kinds",
                $"Only these can be switched off: {string.Join(", ", MailKinds.Optional)}."
            )
            .Check(kinds.All(k => k?.On is not null), "kinds", "Say on or off for each.")
            .Check(kinds.Select(k => k?.Kind).Distinct().Count() == kinds.Count, "kinds", "Each kind once.");
        return errors.Any
            ? Task.FromResult<IResult>(errors.ToProblem())
            : writes.RunAsync(
                http,
                caller,
                request,
                async work =>
                {
                    string[] off = [.. kinds.Where(k => k.On == false).Select(k => k.Kind!).Order(StringComparer.Ordinal)];
                    var (own, profile) = (await PeopleStore.WishesAsync(work, [caller.AccountId]))[caller.AccountId];
                    if (
                        PreferenceRules.Chosen(new StoredPreferences(request.Language, request.TimeZone, hours?.From, hours?.To, off), own, profile) is
                        { } chosen
                    )
                    {
                        await PeopleStore.SaveAsync(work, caller.AccountId, chosen);
                        work.Audit("notifications.chosen", caller.AccountId, data: new { off });
                    }

                    return Reply.Ok(await ReadAsync(work));
                }
            );
    }

    private static async Task<Choices> ReadAsync(UnitOfWork work)
    {
        var (own, profile) = (await PeopleStore.WishesAsync(work, [work.Caller.AccountId]))[work.Caller.AccountId];
        var person = PreferenceRules.Resolve(own, profile, null);
        return new Choices(
            person.Language,
            PreferenceRules.ZoneOf(own?.TimeZone ?? profile?.TimeZone)?.Id,
            person.Quiet is { } quiet ? new Hours(PreferenceRules.Text(quiet.From), PreferenceRules.Text(quiet.To)) : null,
            [.. MailKinds.Optional.Select(k => new KindChoice(k, !person.Off.Contains(k)))]
        );
    }
}
