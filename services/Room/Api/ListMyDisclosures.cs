using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>
/// Disclosures of a member's data in emergencies. The member reads one after the session has ended; one under a break-glass opening after its hour.
/// </summary>
public static class ListMyDisclosures
{
    /// <param name="Facilitator">By the name that the member knows.</param>
    /// <param name="Given">Names of the fields.</param>
    /// <param name="Reason">Null once the session's retention is over; that of a break-glass disclosure stays.</param>
    /// <param name="BreakGlass">Made under a break-glass opening.</param>
    /// <param name="Role">The discloser's role: facilitator or operator.</param>
    public sealed record Item(
        Guid Id, Guid SessionId, DateTimeOffset At, string Facilitator, IReadOnlyList<string> Given, string? Reason, bool BreakGlass, string Role);

    public static void MapListMyDisclosures(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/me/disclosures",
                async (Paging page, Caller caller, Db db, RoomKeys keys, CancellationToken ct) =>
                {
                    var rows = await db.QueryAsync<Row>(
                        """
                        select d.disclosure_id as id, d.session_id, d.at, d.by_name, d.given, d.reason,
                            coalesce(d.opening_id, d.session_id) as key_of,
                            case when d.opening_id is null then s.wrapped_key else o.wrapped_key end as wrapped_key,
                            d.opening_id is not null as break_glass, coalesce(d.by_role, 'facilitator') as role
                        from disclosures d join sessions s using (session_id) left join break_glass_openings o on o.opening_id = d.opening_id
                        where d.member_id = @AccountId and case when d.opening_id is null then s.phase = 'ended' else d.shown_from <= @now end
                            and (@at::timestamptz is null or (d.at, d.disclosure_id) > (@at, @after))
                        order by d.at, d.disclosure_id limit @more
                        """,
                        new
                        {
                            caller.AccountId,
                            now = db.Clock.GetUtcNow(),
                            at = page.AfterInstant(),
                            after = page.AfterId(1),
                            more = page.Limit + 1,
                        },
                        ct
                    );
                    var (items, next) = page.PageOf(rows, r => [InstantConverter.Text(r.At), r.Id.ToString()]);
                    return TypedResults.Ok(
                        new Page<Item>(
                            [
                                .. items.Select(r => new Item(
                                    r.Id,
                                    r.SessionId,
                                    r.At,
                                    r.ByName,
                                    r.Given,
                                    r.Reason is { } box ? keys.Unwrap(r.KeyOf, r.WrappedKey)?.OpenText("disclosures", box) : null,
                                    r.BreakGlass,
                                    r.Role
                                )),
                            ],
                            next
                        )
                    );
                }
            )
            .ForSignedIn()
            .Produces<Page<Item>>()
            .Describe("listMyDisclosures", Tag.LiveSessions, "What was disclosed about the caller in emergencies");

    private sealed record Row(
        Guid Id, Guid SessionId, DateTimeOffset At, string ByName, string[] Given, byte[]? Reason, Guid KeyOf, byte[]? WrappedKey, bool BreakGlass,
        string Role);
}
