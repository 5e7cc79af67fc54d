using System.Text.Json;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Time;

namespace GroupTherapy.Enrollment.Consumers;

/// <summary>
/// Room answered a member who joined from a permit. The decision is made again here on the permit's stored inputs with jurisdiction and instant,
/// stored under the id that Room minted, and an answer that differs is an alarm.
/// </summary>
public sealed class DecideAgainWhenJoinDecided(Db db, RuleSetCache ruleSets, ILogger<DecideAgainWhenJoinDecided> log) : TransactionalConsumer<JoinDecided>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, JoinDecided m, CancellationToken ct)
    {
        var stored = await PermitStore.InputsAsync(work, m.PermitId, m.PermitVersion);
        if (stored is null || await ruleSets.FindAsync(work, stored.RuleSet) is not { } rules)
        {
            await AlarmAsync(work, m, "permit-unknown");
            return;
        }

        var at = m.At.ToMicroseconds();
        var facts = JsonSerializer.Deserialize<DecisionInputs>(stored.Inputs, LicensingJson.Options)!.Request;
        facts = facts with
        {
            Point = m.Point,
            At = at,
            Member = facts.Member with
            {
                Crisis = m.Crisis,
                Location = m.AttestedAt is { } attestedAt
                    ? new LocationFacts(m.Jurisdiction, attestedAt.ToMicroseconds(), null, m.LastPresentAt?.ToMicroseconds())
                    : null,
            },
        };
        var decision = LicensingEngine.Decide(rules, facts, at);
        var agrees = decision.Outcome.Wire() == m.Outcome;
        var told = agrees ? null : $"{m.Outcome} {string.Join(' ', m.ReasonCodes)}";
        await DecisionStore.StoreAsync(work, m.DecisionId, rules, facts, decision, m.MemberId, m.GroupId, m.SessionId, m.EnrollmentId, told);

        // A permit that had run out is answered strictly on purpose; anything else that differs is a fault somewhere.
        if (!agrees && !m.ReasonCodes.Contains(ReasonCodes.RecheckExpiredMidSession) && !m.ReasonCodes.Contains(ReasonCodes.DegradedLastDecision))
        {
            await AlarmAsync(work, m, "answers-differ");
        }
    }

    private async Task AlarmAsync(UnitOfWork work, JoinDecided m, string code)
    {
        log.LogError("Join decision {Decision}: {Code}", m.DecisionId, code);
        work.Audit(
            "decision.alarm",
            m.MemberId,
            m.DecisionId,
            new
            {
                code,
                m.SessionId,
                told = m.Outcome,
            }
        );
    }
}
