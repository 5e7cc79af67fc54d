using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>
/// Break-glass access: a facilitator or operator of the practice who does not lead the group, or whose day after the session is over, opens it because a
/// member is in danger. For an hour they may open the emergency sheets of its members. The practice's operators are notified at once and read the reason.
/// </summary>
public static class BreakGlass
{
    private const int MostPeople = 200;

    /// <param name="Reason">The reason why a member must be reached; 20 to 200 characters. The practice's operators read it.</param>
    public sealed record Request([property: Required] string? Reason);

    /// <param name="SessionId">The session in which they were last and said where they are, if they did.</param>
    /// <param name="ParticipantId">In that session.</param>
    /// <param name="Alias">Their alias there.</param>
    /// <param name="LastSession">When that session began by plan.</param>
    public sealed record Person(Guid SessionId, Guid ParticipantId, string? Alias, DateTimeOffset LastSession);

    /// <param name="Until">Emergency sheets can be opened until then.</param>
    /// <param name="People">Members who were in a room of the group within the last 90 days.</param>
    public sealed record Response(Guid Id, Guid GroupId, DateTimeOffset Until, IReadOnlyList<Person> People);

    public static void MapBreakGlass(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/groups/{id}/break-glass", HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Response>()
            .Describe("breakGlass", Tag.LiveSessions, "Open a group of one's practice in an emergency, for an hour")
            .Refuses(409, "break-glass-limit")
            .AfterStepUp();

    private static async Task<IResult> HandleAsync(Guid id, Request request, Caller caller, HttpContext http, Db db, RoomKeys keys, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        var practice = await work.FirstOrDefaultAsync<string>("select practice from sessions where group_id = @id limit 1", new { id });
        if (practice is null || BreakGlassStore.RoleIn(caller, practice) is not { } role)
        {
            return Problem.NotFound();
        }

        var errors = new FieldErrors()
            .Text(request.Reason, "reason", BreakGlassRules.LongestReason)
            .Check(
                request.Reason is { } text && TextRules.Length(text.Trim()) >= BreakGlassRules.ShortestReason,
                "reason",
                $"Say in at least {BreakGlassRules.ShortestReason} characters why a member must be reached."
            );
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var opened = await BreakGlassStore.LockAndCountAsync(work, caller);
        var opening = await BreakGlassStore.FindOpenAsync(work, caller, id);
        if (opening is null)
        {
            if (BreakGlassRules.Refuse(opened) is { } refusal)
            {
                return new Problem(409, refusal.Code, refusal.Sentence);
            }

            var openingId = work.NewId();
            opening = new(openingId, practice, id, role, work.Now, work.Now + BreakGlassRules.OpenFor, keys.NewWrapped(openingId));
            await OpenAsync(work, caller, opening, keys, request.Reason!);
        }

        work.Audit("room.break-glass-people-read", null, id, new { practice, opening = opening.OpeningId });
        var people = await PeopleAsync(work, id);
        await work.CommitAsync(ct);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new Response(opening.OpeningId, id, opening.Until, people));
    }

    private static async Task OpenAsync(UnitOfWork work, Caller caller, BreakGlassOpening opening, RoomKeys keys, string reason)
    {
        var box = keys.Unwrap(opening.OpeningId, opening.WrappedKey)!.Seal(BreakGlassStore.ReasonContext, reason);
        await work.ExecuteAsync(
            """
            insert into break_glass_openings (opening_id, practice, group_id, by_account, by_role, reason, wrapped_key, at, until)
            values (@OpeningId, @Practice, @GroupId, @by, @ByRole, @reason, @WrappedKey, @At, @Until)
            """,
            new
            {
                opening.OpeningId,
                opening.Practice,
                opening.GroupId,
                by = caller.AccountId,
                opening.ByRole,
                reason = box,
                opening.WrappedKey,
                opening.At,
                opening.Until,
            }
        );
        var audited = new { practice = opening.Practice, role = opening.ByRole, opening = opening.OpeningId };
        work.Audit("emergency.break-glass-opened", null, opening.GroupId, audited);
        work.Publish(new BreakGlassOpened(opening.OpeningId, opening.Practice, opening.GroupId, caller.AccountId, opening.ByRole, opening.Until, opening.At));
    }

    private static Task<IReadOnlyList<Person>> PeopleAsync(UnitOfWork work, Guid group) =>
        work.QueryAsync<Person>(
            """
            select session_id, participant_id, alias, starts_at as last_session from (
                select distinct on (p.account_id) p.session_id, p.participant_id, p.alias, s.starts_at
                from participants p join sessions s using (session_id)
                where s.group_id = @group and p.role = 'member' and s.starts_at > @since
                order by p.account_id, p.attested_at desc nulls last, s.starts_at desc) latest
            order by lower(alias) nulls last, participant_id limit @MostPeople
            """,
            new { group, since = work.Now - BreakGlassRules.Recent, MostPeople }
        );
}
