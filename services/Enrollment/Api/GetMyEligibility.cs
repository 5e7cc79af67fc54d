using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// A look ahead for the caller: whether a group is open to them (<c>catalogue</c>), or whether they may join a session from a jurisdiction
/// (<c>precheck</c>). Nothing is stored, and nothing is promised: the seat and the join ask again.
/// </summary>
internal static class GetMyEligibility
{
    public static void MapMyEligibility(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/me/eligibility", HandleAsync).ForSignedIn().Produces<DecisionView>()
            .Describe("getEligibility", Tag.Profile, "Can I take part?");

    private static async Task<IResult> HandleAsync(Db db, Caller caller, RuleSetCache ruleSets, SeatLimits limits, Guid? groupId, Guid? sessionId,
        string? jurisdiction, CancellationToken ct)
    {
        var errors = new FieldErrors()
            .Check((groupId is null) != (sessionId is null), "groupId", "Either a group or a session is asked about.")
            .Check((sessionId is null) == (jurisdiction is null), "jurisdiction", "The place to join a session from, and only there.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        // A unit that never commits: all reads on one connection, at one instant.
        await using var work = await db.BeginAsync(caller, ct);
        return groupId is { } id ? await CatalogueAsync(work, ruleSets, id) : await PrecheckAsync(work, ruleSets, limits, sessionId!.Value, jurisdiction!);
    }

    private static async Task<IResult> CatalogueAsync(UnitOfWork work, RuleSetCache ruleSets, Guid groupId)
    {
        if (await GroupStore.FindAsync(work, groupId) is not { } group)
        {
            return Problem.NotYetKnown();
        }

        var rules = await ruleSets.InForceAsync(work);
        var facts = await FactStore.ReadAsync(work, rules, group, work.Caller.AccountId, Points.Catalogue, work.Now, group.SeriesEndsAt);
        return await ViewAsync(work, group, LicensingEngine.Decide(rules, facts, facts.At));
    }

    private static async Task<IResult> PrecheckAsync(UnitOfWork work, RuleSetCache ruleSets, SeatLimits limits, Guid sessionId, string jurisdiction)
    {
        var session = await work.FirstOrDefaultAsync<Session>(
            """
            select s.group_id, s.starts_at, s.ends_at, s.modality, s.lead_id, s.co_ids, (select e.id from enrollments e where e.group_id = s.group_id
                and e.member_id = @AccountId and e.status = 'enrolled') as enrollment_id
            from planned_sessions s where s.session_id = @sessionId and not s.cancelled and s.ends_at > @Now
            """, new { sessionId, work.Caller.AccountId, work.Now });
        if (session is null || await GroupStore.FindAsync(work, session.GroupId) is not { } group)
        {
            return Problem.NotYetKnown();
        }

        // The question is about the time of the session, by the rules that will be in force then.
        var opens = session.StartsAt - limits.LobbyBefore;
        var at = work.Now > opens ? work.Now : opens;
        var rules = await ruleSets.InForceAsync(work, await ruleSets.TimelineAsync(work), at);
        if (!rules.IsJurisdiction(jurisdiction))
        {
            return Problem.Invalid("jurisdiction", "The exact code of a place, such as US-DC, FOREIGN or UNKNOWN.");
        }

        var facts = await FactStore.ReadAsync(
            work, rules, group, work.Caller.AccountId, Points.Precheck, at, session.EndsAt, session.Modality, session.LeadId, session.CoIds,
            session.EnrollmentId, sessionId);
        facts = facts with { Member = facts.Member with { Location = new LocationFacts(jurisdiction, at) } };
        return await ViewAsync(work, group, LicensingEngine.Decide(rules, facts, at));
    }

    private static async Task<IResult> ViewAsync(UnitOfWork work, SeatGroup group, Decision decision)
    {
        var instead = await AlternativeGroups.FindAsync(work.QueryAsync<AlternativeGroups.Row>, [(group.Practice, group.GroupId, decision.Alternatives)]);
        return TypedResults.Ok(DecisionView.Of(null, decision, instead.Of(group.GroupId, decision.Alternatives)));
    }

    private sealed record Session(Guid GroupId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string Modality, Guid LeadId, Guid[] CoIds, Guid? EnrollmentId);
}
