using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>Break-glass openings with their reasons and disclosures, for the operators of the practice. The read itself is audited.</summary>
public static class ListBreakGlass
{
    /// <param name="MemberId">The account of the member.</param>
    /// <param name="Given">Names of the fields.</param>
    /// <param name="Reason">The reason for this sheet.</param>
    public sealed record Disclosed(Guid MemberId, DateTimeOffset At, IReadOnlyList<string> Given, string? Reason);

    /// <param name="By">The account that opened it.</param>
    /// <param name="Role">Facilitator or operator.</param>
    /// <param name="Until">Emergency sheets could be opened until then.</param>
    /// <param name="Opened">The sheets that were opened, oldest first.</param>
    public sealed record Item(
        Guid Id, string Practice, Guid GroupId, Guid By, string Role, DateTimeOffset At, DateTimeOffset Until, string Reason, IReadOnlyList<Disclosed> Opened);

    public static void MapListBreakGlass(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/break-glass",
                async (Paging page, Caller caller, Db db, RoomKeys keys, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    var rows = await work.QueryAsync<Row>(
                        """
                        select o.opening_id as id, o.practice, o.group_id, o.by_account as by, o.by_role as role, o.at, o.until, o.reason, o.wrapped_key,
                            (select json_agg(json_build_object('memberId', d.member_id, 'at', d.at, 'given', d.given, 'reason', encode(d.reason, 'hex'))
                                order by d.at)::text
                                from disclosures d where d.opening_id = o.opening_id) as opened
                        from break_glass_openings o
                        where o.practice = any(@practices) and (@at::timestamptz is null or (o.at, o.opening_id) < (@at, @after))
                        order by o.at desc, o.opening_id desc limit @more
                        """,
                        new { practices = caller.PracticesAs(Roles.Operator), at = page.AfterInstant(), after = page.AfterId(1), more = page.Limit + 1 }
                    );
                    var (items, next) = page.PageOf(rows, r => [InstantConverter.Text(r.At), r.Id.ToString()]);
                    work.Audit("room.break-glass-read", null, null, new { openings = items.Count });
                    await work.CommitAsync(ct);
                    return TypedResults.Ok(new Page<Item>([.. items.Select(r => ItemOf(r, keys))], next));
                }
            )
            .For(Roles.Operator)
            .Produces<Page<Item>>()
            .Describe("listBreakGlass", Tag.LiveSessions, "Groups that were opened in an emergency, newest first");

    private static Item ItemOf(Row r, RoomKeys keys)
    {
        var key = keys.Unwrap(r.Id, r.WrappedKey)!;
        var opened = r.Opened is null ? [] : JsonSerializer.Deserialize<List<Disclosed>>(r.Opened, ContractJson.Options)!;
        var read = opened.Select(d => d with { Reason = d.Reason is null ? null : key.OpenText("disclosures", Convert.FromHexString(d.Reason)) });
        return new(r.Id, r.Practice, r.GroupId, r.By, r.Role, r.At, r.Until, key.OpenText(BreakGlassStore.ReasonContext, r.Reason), [.. read]);
    }

    private sealed record Row(
        Guid Id, string Practice, Guid GroupId, Guid By, string Role, DateTimeOffset At, DateTimeOffset Until, byte[] Reason, byte[] WrappedKey,
        string? Opened);
}
