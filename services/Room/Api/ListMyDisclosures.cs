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
/// When a member's data was given in an emergency. The member reads it once the session has ended, or once the hour of a broken glass is over.
/// </summary>
public static class ListMyDisclosures
{
    /// <param name="Facilitator">By the name that the member knows.</param>
    /// <param name="Given">Names of the fields.</param>
    /// <param name="Reason">Null once the session's retention is over.</param>
    /// <param name="BreakGlass">By somebody of the practice who did not lead the session then, and opened the group in an emergency.</param>
    /// <param name="Role">As what they did: facilitator or operator.</param>
    public sealed record Item(
        Guid Id, Guid SessionId, DateTimeOffset At, string Facilitator, IReadOnlyList<string> Given, string? Reason, bool BreakGlass, string Role);

    public static void MapListMyDisclosures(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/me/disclosures",
                async (Paging page, Caller caller, Db db, RoomKeys keys, CancellationToken ct) =>
                {
                    var rows = await db.QueryAsync<Row>(
                        """
                        select d.disclosure_id as id, d.session_id, d.at, d.by_name, d.given, d.reason, s.wrapped_key,
                            d.opening_id is not null as break_glass, coalesce(d.by_role, 'facilitator') as role
                        from disclosures d join sessions s using (session_id)
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
                                    r.Reason is { } box ? keys.Unwrap(r.SessionId, r.WrappedKey)?.OpenText("disclosures", box) : null,
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
        Guid Id, Guid SessionId, DateTimeOffset At, string ByName, string[] Given, byte[]? Reason, byte[]? WrappedKey, bool BreakGlass, string Role);
}
