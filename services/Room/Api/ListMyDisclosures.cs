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

/// <summary>When facilitators were given a member's data in an emergency. A member reads it once the session has ended.</summary>
public static class ListMyDisclosures
{
    /// <param name="Facilitator">By the name that the member knows.</param>
    /// <param name="Given">Names of the fields.</param>
    /// <param name="Reason">Null once the session's retention is over.</param>
    public sealed record Item(Guid Id, Guid SessionId, DateTimeOffset At, string Facilitator, IReadOnlyList<string> Given, string? Reason);

    public static void MapListMyDisclosures(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/me/disclosures",
                async (Paging page, Caller caller, Db db, RoomKeys keys, CancellationToken ct) =>
                {
                    var rows = await db.QueryAsync<Row>(
                        """
                        select d.disclosure_id as id, d.session_id, d.at, d.by_name, d.given, d.reason, s.wrapped_key
                        from disclosures d join sessions s using (session_id)
                        where d.member_id = @AccountId and s.phase = 'ended' and (@at::timestamptz is null or (d.at, d.disclosure_id) > (@at, @after))
                        order by d.at, d.disclosure_id limit @more
                        """,
                        new
                        {
                            caller.AccountId,
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
                                    r.Reason is { } box ? keys.Unwrap(r.SessionId, r.WrappedKey)?.OpenText("disclosures", box) : null
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

    private sealed record Row(Guid Id, Guid SessionId, DateTimeOffset At, string ByName, string[] Given, byte[]? Reason, byte[]? WrappedKey);
}
