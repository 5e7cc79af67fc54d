using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
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
        string Service,
        long? Seq,
        DateTimeOffset At,
        string Act,
        string Who,
        Guid? Subject,
        Guid? Ref,
        JsonNode? Data,
        string? Practice,
        string? Source,
        string? Trace,
        string? Hash
    );

    /// <summary>
    /// An operator of one practice among several lists and exports the entries of theirs; each line of an export proves itself by its hash, and those between
    /// are left out. Verifying covers the whole chain and tells of no entry.
    /// </summary>
    public static void MapAudit(this IEndpointRouteBuilder app, string service, Oversight sight)
    {
        app.MapGet(
                "/internal/audit",
                async (Db db, Caller caller, Paging page, Guid? subject, DateTimeOffset? from, CancellationToken ct) =>
                {
                    var practices = await sight.PracticesAsync(db, caller, ct);
                    var (seq, pending) = (AfterSeq(page), page.AfterId(1) ?? Guid.Empty);
                    var rows = await db.QueryAsync<Row>(
                        practices is null ? Caller.System("audit") : caller,
                        $"""
                        select * from (
                            (select {Columns}, l.seq, l.hash from audit_links l join audit_entries e on e.id = l.entry_id
                             where l.seq > @seq and {Wanted} order by l.seq limit @more)
                            union all
                            (select {Columns}, null, null from audit_pending p join audit_entries e on e.id = p.entry_id
                             where e.id > @pending and {Wanted} order by e.id limit @more)) found
                        order by seq nulls last, id limit @more
                        """,
                        new
                        {
                            subject,
                            from,
                            practices,
                            seq,
                            pending,
                            more = page.Limit + 1,
                        },
                        ct
                    );
                    // Entries that are not linked yet come last. A cursor behind them repeats those linked meanwhile: rather twice than never.
                    var linked = rows.Max(r => r.Seq) ?? seq;
                    var (items, next) = page.PageOf(rows, r => r.Seq is { } own ? [Text(own), $"{Guid.Empty}"] : [Text(linked), r.Id.ToString()]);
                    return TypedResults.Ok(
                        new Page<Entry>(
                            [
                                .. items.Select(r => new Entry(
                                    service,
                                    r.Seq,
                                    r.At,
                                    r.Act,
                                    r.Who,
                                    r.Subject,
                                    r.Ref,
                                    JsonNode.Parse(r.Data),
                                    r.Practice,
                                    r.Source,
                                    r.Trace,
                                    r.Hash
                                )),
                            ],
                            next
                        )
                    );
                }
            )
            .For(sight.Role)
            .Sensitive("audit.read")
            .ExcludeFromDescription();

        app.MapGet(
                "/internal/audit/verify",
                async (AuditChain chain, IConfiguration configuration, CancellationToken ct) =>
                    TypedResults.Ok(await chain.VerifyAsync(Anchor.ReadAll(configuration["Audit:AnchorFile"]), ct))
            )
            .For(sight.Role)
            .ExcludeFromDescription();

        app.MapGet(
                "/internal/audit/export",
                async (Db db, Caller caller, AuditChain chain, CancellationToken ct) =>
                {
                    var practices = await sight.PracticesAsync(db, caller, ct);
                    return TypedResults.Stream(
                        async output =>
                        {
                            await foreach (var entry in chain.ReadAsync(0, practices, CancellationToken.None))
                            {
                                var line = entry.Canonical();
                                line["hash"] = entry.Hash;
                                await output.WriteAsync(Encoding.UTF8.GetBytes(CanonicalJson.Of(line) + "\n"));
                            }
                        },
                        "application/x-ndjson"
                    );
                }
            )
            .For(sight.Role)
            .Sensitive("audit.exported")
            .ExcludeFromDescription();
    }

    private const string Columns = "e.id, e.at, e.act, e.who, e.subject, e.ref, e.data, e.practice, e.source, e.trace";

    private const string Wanted = """
        (@subject::uuid is null or e.subject = @subject or e.ref = @subject) and (@from::timestamptz is null or e.at >= @from)
        and (@practices::text[] is null or e.practice = any(@practices))
        """;

    private static long AfterSeq(Paging page) =>
        page.After.Count == 0 ? 0
        : page.After.Count == 2 && long.TryParse(page.After[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq
        : throw new FieldException("cursor", "This is not a cursor of this list.");

    private static string Text(long seq) => seq.ToString(CultureInfo.InvariantCulture);

    private sealed record Row(
        Guid Id,
        DateTimeOffset At,
        string Act,
        string Who,
        Guid? Subject,
        Guid? Ref,
        string Data,
        string? Practice,
        string? Source,
        string? Trace,
        long? Seq,
        string? Hash
    );
}
