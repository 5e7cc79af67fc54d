using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Audit;

/// <summary>The audit record of one service, for operators. The gateway joins the services' answers.</summary>
public static class AuditEndpoints
{
    /// <summary>An entry as operators see it.</summary>
    public sealed record Entry(
        string Service, long? Seq, DateTimeOffset At, string Act, string Who, Guid? Subject, Guid? Ref, JsonNode? Data, string? Practice, string? Source,
        string? Trace, string? Hash);

    /// <summary>
    /// An operator of one practice among several lists and exports the entries of theirs; each line of an export proves itself by its hash, and those between
    /// are left out. Verifying covers the whole chain and tells of no entry.
    /// </summary>
    public static void MapAudit(this IEndpointRouteBuilder app, string service, Oversight sight)
    {
        app.MapGet("/internal/audit", async (Db db, Caller caller, Paging page, Guid? subject, DateTimeOffset? from, CancellationToken ct) =>
        {
            var practices = await sight.PracticesAsync(db, caller, ct);
            var rows = await db.QueryAsync<Row>(
                practices is null ? Caller.System("audit") : caller,
                """
                select e.id, l.seq, e.at, e.act, e.who, e.subject, e.ref, e.data, e.practice, e.source, e.trace, l.hash
                from audit_entries e left join audit_links l on l.entry_id = e.id
                where (@subject::uuid is null or e.subject = @subject or e.ref = @subject) and (@from::timestamptz is null or e.at >= @from)
                  and (@after::uuid is null or e.id > @after) and (@practices::text[] is null or e.practice = any(@practices))
                order by e.id limit @more
                """, new { subject, from, practices, after = page.AfterId(), more = page.Limit + 1 }, ct);
            var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
            return TypedResults.Ok(new Page<Entry>(
                [.. items.Select(r => new Entry(
                    service, r.Seq, r.At, r.Act, r.Who, r.Subject, r.Ref, JsonNode.Parse(r.Data), r.Practice, r.Source, r.Trace, r.Hash))], next));
        }).For(sight.Role).Sensitive("audit.read").ExcludeFromDescription();

        app.MapGet("/internal/audit/verify", async (AuditChain chain, IConfiguration configuration, CancellationToken ct) =>
            TypedResults.Ok(await chain.VerifyAsync(Anchor.ReadAll(configuration["Audit:AnchorFile"]), ct))).For(sight.Role).ExcludeFromDescription();

        app.MapGet("/internal/audit/export", async (Db db, Caller caller, AuditChain chain, CancellationToken ct) =>
        {
            var practices = await sight.PracticesAsync(db, caller, ct);
            return TypedResults.Stream(async output =>
            {
                await foreach (var entry in chain.ReadAsync(0, practices, CancellationToken.None))
                {
                    var line = entry.Canonical();
                    line["hash"] = entry.Hash;
                    await output.WriteAsync(Encoding.UTF8.GetBytes(CanonicalJson.Of(line) + "\n"));
                }
            }, "application/x-ndjson");
        }).For(sight.Role).Sensitive("audit.exported").ExcludeFromDescription();
    }

    private sealed record Row(
        Guid Id, long? Seq, DateTimeOffset At, string Act, string Who, Guid? Subject, Guid? Ref, string Data, string? Practice, string? Source, string? Trace,
        string? Hash);
}
