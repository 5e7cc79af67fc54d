using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <param name="AcceptPartial">The operator accepts that members of some jurisdictions will not be let in; default false.</param>
/// <param name="AcceptTimeOff">The facilitator comes in their time off; default false.</param>
public sealed record SubstituteRequest([Required] Guid? FacilitatorId, bool? AcceptPartial = null, bool? AcceptTimeOff = null);

/// <summary>An operator's alternatives to a substitution that leaves members uncovered.</summary>
/// <param name="Action"><c>substitute</c> (another facilitator, best first), <c>accept-partial</c> or <c>cancel</c>.</param>
/// <param name="Left">Members left uncovered.</param>
public sealed record SubstituteOption(string Action, int Left, Guid? FacilitatorId = null, string? DisplayName = null);

/// <summary>
/// Lets another facilitator lead this one session; the series stays as it is. Enrollment decides its permits again, and Room hands the room over.
/// </summary>
internal static class SubstituteFacilitator
{
    public static void MapSubstituteFacilitator(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/substitute", (Delegate)HandleAsync)
            .For(Roles.Operator)
            .Produces<SessionView>()
            .Describe("substituteFacilitator", Tag.Sessions, "Let another facilitator lead one session")
            .Refuses(409, "substitute-not-authorised", "facilitator-busy", "facilitator-away", "session-cancelled", "session-over");

    private static Task<IResult> HandleAsync(Guid id, SubstituteRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, work => SubstituteAsync(work, id, request));

    private static async Task<Reply> SubstituteAsync(UnitOfWork work, Guid id, SubstituteRequest request)
    {
        if (await SessionStore.LockAsync(work, id) is not var (group, session))
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
            return Reply.Refused(over.ToProblem());
        }

        // The series' co-facilitators stay; one who becomes the substitute takes the lead's part instead.
        Guid[] cos = [.. group.CoFacilitatorIds.Where(co => co != facilitator)];
        await FacilitatorStore.LockAsync(work, [facilitator, .. cos]);
        if (!await FacilitatorStore.IsOfPracticeAsync(work, facilitator, group.Practice))
        {
            return Reply.Refused(Problem.Invalid("facilitatorId", "There is no such facilitator, or not yet.") with { RetryAfter = 1 });
        }

        var rest = SubstituteRules.Rest(session, work.Now);
        if (await BookingStore.FirstConflictAsync(work, [facilitator], [rest], exceptSession: id, inPerson: group.IsInPerson) is { } conflict)
        {
            return Reply.Refused(conflict.ToProblem(group.Practice));
        }

        if (await Refusals.FacilitatorAwayAsync(work, [facilitator], [rest], session.TimeZone, request.AcceptTimeOff) is { } away)
        {
            return Reply.Refused(away);
        }

        if (await CoverageStore.FindAsync(work, group.Id) is not { } coverage)
        {
            return Reply.Refused(Refusals.CoverageNotKnown);
        }

        var served = coverage.Facilitators.Where(f => f.FacilitatorId == facilitator).SelectMany(f => f.Places).ToList();
        var (covered, uncovered) = SubstituteRules.Split(coverage.Members, served, rest.StartsAt, rest.EndsAt);
        if (uncovered.Count > 0 && request.AcceptPartial is not true)
        {
            var others = await SubstituteStore.RankAsync(work, group, session, coverage, coverage.Members, rest);
            return Reply.Refused(NotAuthorised(facilitator, covered, uncovered, others));
        }

        return await SubstituteStore.SubstituteAsync(work, group, session, facilitator, cos, rest, uncovered) is { } substituted
            ? Reply.Ok(substituted.View())
            : Reply.Refused(Refusals.FacilitatorBusyJustNow);
    }

    private static Problem NotAuthorised(
        Guid asked,
        IReadOnlyList<CoveredPlace> covered,
        IReadOnlyList<UncoveredPlace> uncovered,
        IReadOnlyList<Substitute> others
    )
    {
        var left = uncovered.Sum(p => p.Members);
        SubstituteOption[] options =
        [
            .. others.Where(o => !o.Busy && o.FacilitatorId != asked).Select(o => new SubstituteOption("substitute", o.Left, o.FacilitatorId, o.DisplayName)),
            new("accept-partial", left),
            new("cancel", left + covered.Sum(p => p.Members)),
        ];
        return new Problem(
            409,
            "substitute-not-authorised",
            "This facilitator may not serve every member where they live. Choose another facilitator, accept that some members will not be let in, "
                + "or cancel the session.",
            Extra: new Dictionary<string, object?>
            {
                ["uncovered"] = uncovered,
                ["covered"] = covered,
                ["options"] = options,
            }
        );
    }
}
