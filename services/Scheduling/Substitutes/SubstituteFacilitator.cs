using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Facilitators;
using GroupTherapy.Scheduling.Groups;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Sessions;

namespace GroupTherapy.Scheduling.Substitutes;

/// <param name="AcceptPartial">The operator knows that members of some places will not be let in; default false.</param>
public sealed record SubstituteRequest([property: Required] Guid? FacilitatorId, bool? AcceptPartial = null);

/// <summary>What an operator may do instead of a substitution that leaves members uncovered.</summary>
/// <param name="Action"><c>substitute</c> somebody else (best first), <c>accept-partial</c> or <c>cancel</c>.</param>
/// <param name="Left">Members left uncovered.</param>
public sealed record SubstituteOption(string Action, int Left, Guid? FacilitatorId = null, string? DisplayName = null);

/// <summary>Somebody else leads this one session. Permits are made again for it, its room is handed over, and the series stays as it is.</summary>
internal static class SubstituteFacilitator
{
    public static void MapSubstituteFacilitator(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/substitute", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<SessionView>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);

    private static Task<IResult> HandleAsync(Guid id, SubstituteRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, work => SubstituteAsync(work, id, request));

    private static async Task<Reply> SubstituteAsync(UnitOfWork work, Guid id, SubstituteRequest request)
    {
        if (await SessionSql.LockAsync(work, id) is not var (group, session))
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (request.FacilitatorId is not { } facilitator || facilitator == Guid.Empty)
        {
            return Reply.Refused(Problem.Invalid("facilitatorId", "This is needed."));
        }

        if (facilitator == session.LeadFacilitatorId)
        {
            return Reply.Ok(session.View());
        }

        if (SessionRules.RefuseSubstitute(session, work.Now) is { } over)
        {
            return Reply.Refused(over);
        }

        // Whoever co-leads the series does so here too, unless it is the substitute: then the lead's place is theirs.
        Guid[] cos = [.. group.CoFacilitatorIds.Where(co => co != facilitator)];
        await FacilitatorSql.LockAsync(work, [facilitator, .. cos]);
        if (!await work.FirstOrDefaultAsync<bool>("select true from facilitators where id = @facilitator and practices @> array[@Practice]", new { facilitator, group.Practice }))
        {
            return Reply.Refused(Problem.Invalid("facilitatorId", "There is no such facilitator, or not yet.") with { RetryAfter = 1 });
        }

        var rest = SubstituteSql.Rest(session, work.Now);
        if (await BookingSql.FirstClashAsync(work, [facilitator], [rest], exceptSession: id) is { } clash)
        {
            return Reply.Refused(clash.ToProblem());
        }

        if (await Coverage.FindAsync(work, group.Id) is not { } coverage)
        {
            return Reply.Refused(new Problem(
                409, "coverage-not-known", "Where the members of this group live is not known here yet, so nobody can say whom a substitute may serve. Please try again shortly.", RetryAfter: 1));
        }

        var served = coverage.Facilitators.Where(f => f.FacilitatorId == facilitator).SelectMany(f => f.Places).ToList();
        var (covered, uncovered) = SubstituteRules.Split(coverage.Members, served, rest.StartsAt, rest.EndsAt);
        if (uncovered.Count > 0 && request.AcceptPartial is not true)
        {
            var others = await SubstituteSql.RankedAsync(work, group, session, coverage, coverage.Members, rest);
            return Reply.Refused(NotAuthorised(facilitator, covered, uncovered, others));
        }

        return await ApplyAsync(work, group, session, facilitator, cos, uncovered);
    }

    private static async Task<Reply> ApplyAsync(UnitOfWork work, GroupRow group, SessionRow before, Guid facilitator, Guid[] cos, IReadOnlyList<UncoveredPlace> uncovered)
    {
        Guid[] staff = [facilitator, .. cos];
        await work.ExecuteAsync("delete from bookings where session_id = @Id and facilitator_id <> all(@staff)", new { before.Id, staff });
        await work.ExecuteAsync(
            "insert into bookings (session_id, facilitator_id, during) select @Id, f, tstzrange(@StartsAt, @EndsAt) from unnest(@staff) f on conflict do nothing",
            new { before.Id, before.StartsAt, before.EndsAt, staff });
        var session = (await work.FirstOrDefaultAsync<SessionRow>(
            $"""
             update sessions s set lead_facilitator_id = @facilitator, co_facilitator_ids = @cos, version = s.version + 1, changed_at = @Now
             where s.id = @Id returning {SessionSql.Columns}
             """, new { before.Id, facilitator, cos, work.Now }))!;
        await work.PublishAsync(new FacilitatorSubstituted(SessionRules.Snapshot(group, session), work.Now));
        await work.AuditAsync(
            "session.substituted", facilitator, session.Id,
            new { session.GroupId, from = before.LeadFacilitatorId, to = facilitator, uncovered = uncovered.Select(p => new { p.Jurisdiction, p.Members }), session.Version });
        return Reply.Ok(session.View());
    }

    private static Problem NotAuthorised(Guid asked, IReadOnlyList<CoveredPlace> covered, IReadOnlyList<UncoveredPlace> uncovered, IReadOnlyList<Substitute> others)
    {
        var left = uncovered.Sum(p => p.Members);
        SubstituteOption[] options =
        [
            .. others.Where(o => !o.Busy && o.FacilitatorId != asked).Select(o => new SubstituteOption("substitute", o.Left, o.FacilitatorId, o.DisplayName)),
            new("accept-partial", left),
            new("cancel", left + covered.Sum(p => p.Members)),
        ];
        return new Problem(
            409, "substitute-not-authorised", "This facilitator may not serve every member where they live. Choose somebody else, accept that some will not be let in, or cancel the session.",
            Extra: new Dictionary<string, object?> { ["uncovered"] = uncovered, ["covered"] = covered, ["options"] = options });
    }
}
