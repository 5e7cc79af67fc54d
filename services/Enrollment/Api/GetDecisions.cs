using System.ComponentModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Stored decisions, for operators of the practice; each can be replayed from its stored inputs.</summary>
internal static class GetDecisions
{
    /// <param name="Told">Room's answer instead, where that differs from the answer computed here.</param>
    public sealed record Item(
        Guid Id,
        string Point,
        DateTimeOffset At,
        string Practice,
        Guid MemberId,
        Guid? GroupId,
        Guid? SessionId,
        Guid? EnrollmentId,
        DateTimeOffset RecordedAt,
        DecisionView Decision,
        JsonNode Inputs,
        string? Told
    );

    public sealed record ReplayResult(bool Identical, JsonNode? Stored, JsonNode? Replayed);

    public static void MapDecisions(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/licensing/decisions", ListAsync)
            .For(Roles.Operator)
            .Sensitive("decisions.listed")
            .Produces<Page<Item>>()
            .Describe("listDecisions", Tag.Licensing, "Stored decisions");
        app.MapGet("/api/licensing/decisions/{id:guid}", OneAsync)
            .For(Roles.Operator)
            .Sensitive("decision.read")
            .Produces<Item>()
            .Describe("getDecision", Tag.Licensing, "One stored decision with its inputs");
        app.MapPost("/api/licensing/decisions/{id:guid}/replay", ReplayAsync)
            .For(Roles.Operator)
            .Sensitive("decision.replayed")
            .Produces<ReplayResult>()
            .Describe("replayDecision", Tag.Licensing, "Decide again from the stored inputs and compare");
    }

    private static async Task<IResult> ListAsync(
        Db db,
        Caller caller,
        Paging page,
        Guid? memberId,
        Guid? groupId,
        Guid? sessionId,
        [Description("Which come first; the oldest unless told.")] string? order,
        CancellationToken ct
    )
    {
        if (order is not (null or "oldest" or "newest"))
        {
            return Problem.Invalid("order", "One of oldest, newest.");
        }

        var (behind, direction) = order == "newest" ? ("<", "desc") : (">", "asc");
        var rows = await db.QueryAsync<Row>(
            caller,
            $"""
            select {Columns} from decisions
            where practice = any(@practices) and (@memberId::uuid is null or member_id = @memberId) and (@groupId::uuid is null or group_id = @groupId)
              and (@sessionId::uuid is null or session_id = @sessionId) and (@after::uuid is null or id {behind} @after)
            order by id {direction} limit @more
            """,
            new
            {
                practices = caller.PracticesAs(Roles.Operator),
                memberId,
                groupId,
                sessionId,
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
        return TypedResults.Ok(new Page<Item>([.. items.Select(View)], next));
    }

    private static async Task<IResult> OneAsync(Guid id, Db db, Caller caller, CancellationToken ct) =>
        await FindAsync(db, caller, id, ct) is { } row ? TypedResults.Ok(View(row)) : Problem.NotFound();

    private static async Task<IResult> ReplayAsync(Guid id, Db db, Caller caller, CancellationToken ct)
    {
        if (await FindAsync(db, caller, id, ct) is not { } row)
        {
            return Problem.NotFound();
        }

        var document = await db.FirstOrDefaultAsync<string>("select document from rule_sets where version = @RuleSet", new { row.RuleSet }, ct);
        var replayed = LicensingEngine.Replay(Encoding.UTF8.GetBytes(row.Inputs), Encoding.UTF8.GetBytes(document!));
        return TypedResults.Ok(
            new ReplayResult(replayed.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(row.Answer)), JsonNode.Parse(row.Answer), JsonNode.Parse(replayed))
        );
    }

    private static async Task<Row?> FindAsync(Db db, Caller caller, Guid id, CancellationToken ct) =>
        await db.QueryAsync<Row>(
            caller,
            $"select {Columns} from decisions where id = @id and practice = any(@practices)",
            new { id, practices = caller.PracticesAs(Roles.Operator) },
            ct
        )
            is [var row]
            ? row
            : null;

    private static Item View(Row r) =>
        new(
            r.Id,
            r.Point,
            r.At,
            r.Practice,
            r.MemberId,
            r.GroupId,
            r.SessionId,
            r.EnrollmentId,
            r.RecordedAt,
            DecisionView.Of(r.Id, JsonSerializer.Deserialize<Decision>(r.Answer, LicensingJson.Options)!, []),
            JsonNode.Parse(r.Inputs)!,
            r.Told
        );

    private const string Columns = "id, point, at, practice, member_id, group_id, session_id, enrollment_id, rule_set, inputs, answer, told, recorded_at";

    private sealed record Row(
        Guid Id,
        string Point,
        DateTimeOffset At,
        string Practice,
        Guid MemberId,
        Guid? GroupId,
        Guid? SessionId,
        Guid? EnrollmentId,
        int RuleSet,
        string Inputs,
        string Answer,
        string? Told,
        DateTimeOffset RecordedAt
    );
}
