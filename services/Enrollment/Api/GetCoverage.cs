using System.ComponentModel;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using NodaTime;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Which seats will lose cover in the weeks to come, why, and since when that is known. Sessions in which every seat is covered are left
/// out.</summary>
internal static class GetCoverage
{
    private const int UsualWeeks = 12;
    private const int MostWeeks = 52;

    /// <summary>One session of a group in which seats are uncovered.</summary>
    /// <param name="Week">Its Monday, on the calendar of the group's own zone.</param>
    /// <param name="Seats">Members enrolled.</param>
    /// <param name="Uncovered">How many of them the losses come to.</param>
    public sealed record Item(Guid GroupId, DateOnly Week, Guid SessionId, DateTimeOffset StartsAt, int Seats, int Uncovered, IReadOnlyList<LostPlace> Losses);

    /// <summary>Members of one place who cannot be served, or not to the end.</summary>
    /// <param name="From">When cover is gone: the start of the session, or an instant within it.</param>
    /// <param name="KnownSince">When the credential, the rule set or the residence was recorded that makes it so.</param>
    public sealed record LostPlace(string Jurisdiction, int Members, DateTimeOffset From, IReadOnlyList<Reason> Reasons, DateTimeOffset KnownSince);

    public static void MapCoverage(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/licensing/coverage", HandleAsync)
            .For(Roles.Operator)
            .Produces<Page<Item>>()
            .Describe("getCoverage", Tag.Licensing, "Seats that will lose cover");

    private static async Task<IResult> HandleAsync(
        Db db,
        Caller caller,
        RuleSetCache ruleSets,
        Paging page,
        [Description("1 to 52; 12 unless told.")] int? weeks,
        CancellationToken ct
    )
    {
        if (weeks is < 1 or > MostWeeks)
        {
            return Problem.Invalid("weeks", $"A whole number from 1 to {MostWeeks}.");
        }

        await ruleSets.SeedAsync(ct);
        await using var work = await db.BeginAsync(caller, ct);
        var (after, afterId) = (page.AfterInstant(), page.AfterId(1));
        var items = (await UncoveredAsync(work, ruleSets, caller.PracticesAs(Roles.Operator), work.Now.AddDays(7 * (weeks ?? UsualWeeks))))
            .Where(i => after is null || i.StartsAt > after || (i.StartsAt == after && i.SessionId.CompareTo(afterId!.Value) > 0))
            .Take(page.Limit + 1)
            .ToList();
        return TypedResults.Ok(page.PageOf(items, i => [InstantConverter.Text(i.StartsAt), i.SessionId.ToString()]));
    }

    /// <returns>In order of time.</returns>
    private static async Task<IEnumerable<Item>> UncoveredAsync(UnitOfWork work, RuleSetCache ruleSets, string[] practices, DateTimeOffset horizon)
    {
        var sessions = await CoverageStore.SessionsAsync(work, practices, horizon);
        var members = (await CoverageStore.MembersByResidenceAsync(work, practices)).ToLookup(m => m.GroupId);
        var known = (await CoverageStore.FacilitatorsAsync(work, practices, [.. sessions.SelectMany(s => s.CoIds.Append(s.LeadId)).Distinct()])).ToDictionary(
            f => f.Id
        );
        var history = new CoverageHistory(await CoverageStore.RuleSetHistoryAsync(work, ruleSets), work.Now);
        return sessions
            .OrderBy(s => s.StartsAt)
            .ThenBy(s => s.SessionId)
            .Select(s => One(s, members[s.GroupId].ToList(), history, id => known.GetValueOrDefault(id) ?? FacilitatorHistory.Unknown(id)))
            .OfType<Item>();
    }

    private static Item? One(SessionToCover s, List<MembersByResidence> members, CoverageHistory history, Func<Guid, FacilitatorHistory> find)
    {
        var (lead, cos) = (find(s.LeadId), s.CoIds.Select(find).ToList());
        var losses = new List<LostPlace>();
        foreach (var m in members)
        {
            if (history.Find(s.Group, lead, s.LeadId != s.GroupLeadId, cos, m.Jurisdiction, s.StartsAt, s.EndsAt) is { } loss)
            {
                losses.Add(new LostPlace(m.Jurisdiction, m.Members, loss.From, loss.Reasons, loss.KnownSince ?? m.Since));
            }
        }

        return losses.Count == 0
            ? null
            : new Item(s.GroupId, Monday(s), s.SessionId, s.StartsAt, members.Sum(m => m.Members), losses.Sum(l => l.Members), losses);
    }

    private static DateOnly Monday(SessionToCover s)
    {
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(s.TimeZone ?? "UTC") ?? DateTimeZone.Utc;
        var day = Instant.FromDateTimeOffset(s.StartsAt).InZone(zone).Date;
        var monday = day.PlusDays(1 - (int)day.DayOfWeek);
        return new DateOnly(monday.Year, monday.Month, monday.Day);
    }
}
