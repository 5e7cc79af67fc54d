using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>
/// The reasons that facilitators wrote down: of removing, hiding, crises and ending, and of correcting attendance. Those who lead read all of it.
/// Operators answer for who was in which room: they read why a member was removed or corrected, and of the rest only that it happened. The read itself is
/// audited.
/// </summary>
public static class ListModeration
{
    // What is not named here is about what was said, and never an operator's to read.
    private static readonly string[] ForOperators = ["participant.removed", Corrected];
    private const string Corrected = "attendance.corrected";
    private const string Disclosed = "emergency.disclosed";

    /// <param name="Act"><c>participant.removed</c>, <c>message.hidden</c>, <c>crisis.noted</c>, <c>session.ended-by-facilitator</c>,
    /// <c>attendance.corrected</c> or <c>emergency.disclosed</c>.</param>
    /// <param name="By">The facilitator's account.</param>
    /// <param name="About">The account of the participant it is about; null when it is about all.</param>
    /// <param name="Status">The corrected attendance status; null where it was not corrected.</param>
    /// <param name="Text">Null when it is not the caller's to read, and when it is gone.</param>
    /// <param name="RetentionOver">The text is gone with the session's key; that it was written stays.</param>
    public sealed record Item(
        Guid Id,
        string Act,
        DateTimeOffset At,
        Guid? By,
        Guid? ParticipantId,
        Guid? About,
        string? Status,
        string? Text,
        bool RetentionOver
    );

    public static void MapListModeration(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/sessions/{id}/moderation",
                async (Guid id, Paging page, Caller caller, Db db, RoomKeys keys, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    if (await SessionReader.ReadAsync(work, caller, id) is not { Observes: false } reader)
                    {
                        return (IResult)Problem.NotFound();
                    }

                    var rows = await work.QueryAsync<Row>(
                        Sql,
                        new
                        {
                            id,
                            at = page.AfterInstant(),
                            after = page.AfterId(1),
                            more = page.Limit + 1,
                        }
                    );
                    var (items, next) = page.PageOf(rows, r => [InstantConverter.Text(r.At), r.Id.ToString()]);
                    work.Audit("room.moderation-read", null, id);
                    await work.CommitAsync(ct);

                    var key = keys.Unwrap(id, reader.Session.WrappedKey);
                    return TypedResults.Ok(new Page<Item>([.. items.Select(r => ItemOf(r, key, reader.Leads))], next));
                }
            )
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Page<Item>>()
            .Describe("listModeration", Tag.LiveSessions, "Facilitators' reasons, in the order they were given");

    private static Item ItemOf(Row r, SessionKey? key, bool leads) =>
        new(
            r.Id,
            r.Act,
            r.At,
            r.By,
            r.ParticipantId,
            r.About,
            r.Status,
            key is not null && r.Sealed is { } box && (leads || ForOperators.Contains(r.Act)) ? key.OpenText(ContextOf(r.Act), box) : null,
            key is null
        );

    private static string ContextOf(string act) =>
        act switch
        {
            Corrected => "attendance",
            Disclosed => "disclosures",
            _ => "notes",
        };

    private const string Sql = $"""
        select id, act, at, by, participant_id, about, status, sealed from (
            select n.note_id as id, n.act, n.at, b.account_id as by, n.participant_id, p.account_id as about, null as status, n.sealed
            from moderation_notes n
            left join participants b on b.session_id = n.session_id and b.participant_id = n.by_id
            left join participants p on p.session_id = n.session_id and p.participant_id = n.participant_id
            where n.session_id = @id
            union all
            select c.correction_id, '{Corrected}', c.at, c.by_account, p.participant_id, c.member_id, c.status, c.note
            from attendance_corrections c
            left join participants p on p.session_id = c.session_id and p.account_id = c.member_id
            where c.session_id = @id and c.note is not null
            union all
            select disclosure_id, '{Disclosed}', at, by_account, participant_id, member_id, null, case when opening_id is null then reason end
            from disclosures where session_id = @id
        ) written
        where @at::timestamptz is null or (at, id) > (@at, @after) order by at, id limit @more
        """;

    private sealed record Row(Guid Id, string Act, DateTimeOffset At, Guid? By, Guid? ParticipantId, Guid? About, string? Status, byte[]? Sealed);
}
