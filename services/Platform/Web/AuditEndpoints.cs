using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Platform.Web;

/// <summary>The audit record of one service, for operators. The gateway joins the services' answers.</summary>
public static class AuditEndpoints
{
    /// <summary>An entry as operators see it.</summary>
    public sealed record Entry(string Service, long? Seq, DateTimeOffset At, string Act, string Who, Guid? Subject, Guid? Ref, JsonNode? Data, string? Hash);

    /// <param name="role">Who may read it.</param>
    /// <param name="others">SQL that answers whether the record speaks of practices beside <c>@practices</c>. Entries carry no practice, so such a record is
    /// shown only to who holds them all, or runs the deployment.</param>
    public static void MapAudit(this IEndpointRouteBuilder app, string service, string others, string role)
    {
        app.MapGet("/internal/audit", async Task<IResult> (Db db, Caller caller, Paging page, Guid? subject, DateTimeOffset? from, CancellationToken ct) =>
        {
            if (await SpeaksOfOthersAsync(db, caller, others, role, ct))
            {
                return NotYours;
            }

            var rows = await db.QueryAsync<Row>(
                """
                select e.id, l.seq, e.at, e.act, e.who, e.subject, e.ref, e.data, l.hash
                from audit_entries e left join audit_links l on l.entry_id = e.id
                where (@subject::uuid is null or e.subject = @subject or e.ref = @subject) and (@from::timestamptz is null or e.at >= @from)
                  and (@after::uuid is null or e.id > @after)
                order by e.id limit @more
                """, new { subject, from, after = page.AfterId(), more = page.Limit + 1 }, ct);
            var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
            return TypedResults.Ok(new Page<Entry>(
                [.. items.Select(r => new Entry(service, r.Seq, r.At, r.Act, r.Who, r.Subject, r.Ref, JsonNode.Parse(r.Data), r.Hash))], next));
        }).For(role).ExcludeFromDescription();

        app.MapGet("/internal/audit/verify", async (AuditChain chain, IConfiguration configuration, CancellationToken ct) =>
            TypedResults.Ok(await chain.VerifyAsync(Anchor.ReadAll(configuration["Audit:AnchorFile"]), ct))).For(role).ExcludeFromDescription();

        app.MapGet("/internal/audit/export", async Task<IResult> (Db db, Caller caller, AuditChain chain, CancellationToken ct) =>
            await SpeaksOfOthersAsync(db, caller, others, role, ct) ? NotYours : TypedResults.Stream(async output =>
        {
            await foreach (var e in chain.ReadAsync(0, CancellationToken.None))
            {
                var line = AuditChain.Canonical(e.Seq, e.At, e.Act, e.Who, e.Subject, e.Ref, e.Data, e.Prev);
                line["hash"] = e.Hash;
                await output.WriteAsync(Encoding.UTF8.GetBytes(CanonicalJson.Of(line) + "\n"));
            }
        }, "application/x-ndjson")).For(role).ExcludeFromDescription();
    }

    internal static Problem NotYours =>
        new(403, "not-allowed", "This record also speaks of practices that are not yours. An operator of all of them may read it.");

    /// <summary>Those who run the deployment see the record of every practice: ids and codes, made by the deployment's command alone.</summary>
    private const string Deployment = "platform";

    internal static async Task<bool> SpeaksOfOthersAsync(Db db, Caller caller, string others, string role, CancellationToken ct) =>
        !caller.Is(role, Deployment) && await db.FirstOrDefaultAsync<bool>(others, new { practices = caller.PracticesAs(role) }, ct);

    private sealed record Row(Guid Id, long? Seq, DateTimeOffset At, string Act, string Who, Guid? Subject, Guid? Ref, string Data, string? Hash);
}
