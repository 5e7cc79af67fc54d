using System.Diagnostics;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// Answers many who ask for seats, in one transaction: each member's lock, what is known, the law's decisions in memory, then the groups in the order of their ids,
/// and everything that follows in one way to the database. Each request has an answer of its own; who is refused leaves no more than a refusal of one would.
/// </summary>
internal sealed class SeatBatch(Db db, RuleSetShelf shelf, Times times)
{
    // The groups are locked last and in one order: what is asked of the law needs no lock, and two batches never wait for each other.
    private static readonly string LockSql =
        $"""
         select group_id, capacity, taken, version, closed from seat_groups where group_id = any(@groups) order by group_id for no key update;
         select group_id, {OfferSeats.SomebodyIsDue} as is_due, (select count(*)::int from enrollments w where w.group_id = g.group_id and w.status = 'waitlisted') as waiting
         from seat_groups g where group_id = any(@groups)
         """;

    /// <summary>Answers when everything that was accepted is durable.</summary>
    /// <param name="asks">No two of one member.</param>
    /// <returns>An answer for each, in their order; null for whose member is busy elsewhere, while that is not waited for.</returns>
    public async Task<IReadOnlyList<IResult?>> WriteAsync(IReadOnlyList<SeatAsk> asks, Patience patience)
    {
        await using var work = await db.BeginAsync(Caller.System("seats"));
        var rules = await shelf.InForceAsync(work);
        var facts = await SeatFacts.ReadAsync(work, asks, patience);
        var answers = new IResult?[asks.Count];
        var turns = new List<Turn>(asks.Count);
        for (var n = 0; n < asks.Count; n++)
        {
            if (facts.IsBusy(asks[n].Member))
            {
                continue;
            }

            answers[n] = facts.AnswerBefore(n, asks[n].Key) ?? (Refuse(facts, n, asks[n]) is { } refusal ? Given(asks[n], Reply.Refused(refusal)) : null);
            if (answers[n] is null)
            {
                turns.Add(Decide(work, rules, facts, n, asks[n]));
            }
        }

        var seats = await PlaceAsync(work, turns, facts);
        var instead = new Dictionary<(Guid, string), IReadOnlyList<AlternativeGroup>>();
        foreach (var turn in turns)
        {
            turn.Answer = Given(turn.Ask, await ReplyAsync(work, turn, facts, instead));
            answers[turn.N] = turn.Answer;
        }

        turns.RemoveAll(t => !t.Answer!.Commit);
        if (turns.Count > 0)
        {
            await WriteAsync(work, turns, seats);
            await work.CommitAsync();
        }

        return answers;
    }

    private static Problem? Refuse(SeatFacts facts, int n, SeatAsk ask) =>
        facts.Group(ask.GroupId) is not { } group ? Problem.NotYetKnown()
        : group.Closed ? SeatRules.GroupClosed
        : facts.Of(n).IsIn ? SeatRules.AlreadyEnrolled
        : facts.Of(n).Unconfirmed >= SeatRules.UnconfirmedAtMost ? SeatRules.TooManyUnconfirmed
        : null;

    private static Turn Decide(UnitOfWork work, CompiledRuleSet rules, SeatFacts facts, int n, SeatAsk ask)
    {
        var group = facts.Group(ask.GroupId)!;
        var question = facts.Question(n, ask, group, rules, work.Now);
        var decision = LicensingEngine.Decide(rules, question, work.Now);
        var id = work.NewId();
        return new Turn(
            n, ask, group, id, new SeatDecision(work.NewId(), rules, question, decision, ask.Member, group.GroupId, id, ask.Caller.Who),
            SeatRules.AfterDecision(decision.Outcome), group.IntakeFirst && !facts.Of(n).IntakeDone);
    }

    /// <summary>Gives each who may have a seat a seat, a place in the line or a case, first come first. The locked row decides, not what was read before.</summary>
    private static async Task<IReadOnlyList<Seats>> PlaceAsync(UnitOfWork work, List<Turn> turns, SeatFacts facts)
    {
        Guid[] groups = [.. turns.Where(t => t.Step != EnrolStep.Refuse).Select(t => t.Group.GroupId).Distinct()];
        if (groups.Length == 0)
        {
            return [];
        }

        await using var read = await work.QueryTogetherAsync(LockSql, new { groups, work.Now });
        var locked = (await read.ReadAsync<Locked>()).ToDictionary(g => g.GroupId);
        var seats = (await read.ReadAsync<Line>()).ToDictionary(g => g.GroupId, g => new Seats(locked[g.GroupId], g));
        foreach (var turn in turns.Where(t => t.Step != EnrolStep.Refuse))
        {
            var group = seats[turn.Group.GroupId];
            if (group.Before.Closed)
            {
                turn.IsTooLate = true;
                continue;
            }

            turn.Status = SeatRules.BeginsAs(turn.Step, turn.IntakeMissing, group.IsFree);
            group.Took += turn.Status == SeatStates.Reserved ? 1 : 0;
            turn.Position = turn.Status == SeatStates.Waitlisted ? ++group.Waiting : null;
        }

        return [.. seats.Values.Where(s => s.Took > 0)];
    }

    private async Task<Reply> ReplyAsync(UnitOfWork work, Turn turn, SeatFacts facts, Dictionary<(Guid, string), IReadOnlyList<AlternativeGroup>> instead)
    {
        if (turn.IsTooLate)
        {
            return Reply.Refused(SeatRules.GroupClosed);
        }

        var codes = (turn.Group.GroupId, string.Join(',', turn.Decision.Decision.Alternatives));
        if (!instead.TryGetValue(codes, out var groups))
        {
            groups = instead[codes] = await AlternativeGroups.FindAsync(work.QueryAsync<AlternativeGroup>, turn.Group.Practice, turn.Group.GroupId, turn.Decision.Decision.Alternatives);
        }

        var decision = DecisionView.Of(turn.Decision.Id, turn.Decision.Decision, groups);
        if (turn.Status is null)
        {
            return Reply.RefusedOnRecord(SeatRules.NotEligible(decision));
        }

        turn.Until = turn.Status == SeatStates.Reserved ? work.Now + times.SeatHold : null;
        return Reply.Created(
            $"/api/enrollments/{turn.Id}",
            new EnrollmentView(
                turn.Id, turn.Group.GroupId, turn.Status, turn.Until, null, turn.Position, null, work.Now, facts.Consents(turn.Group), decision, null,
                turn.Status == SeatStates.Held ? EnrollmentView.NeedsOf(turn.IntakeMissing, turn.Step == EnrolStep.HoldForOperator) : [], null));
    }

    private static async Task WriteAsync(UnitOfWork work, List<Turn> turns, IReadOnlyList<Seats> seats)
    {
        var (statements, stays) = (new Statements(work), turns.Where(t => t.Status is not null).ToList());
        DecisionDesk.Store(statements, work.Now, [.. turns.Select(t => t.Decision)]);
        if (stays.Count > 0)
        {
            statements.Add(
                """
                insert into enrollments (id, group_id, member_id, status, seat_held_until, decision_id, created_at, changed_at)
                select id, group_id, member_id, status, until, decision_id, $7, $7 from unnest($1, $2, $3, $4, $5, $6) with ordinality as e (id, group_id, member_id, status, until, decision_id, n) order by n
                """,
                stays.Count, stays.Select(t => t.Id).ToArray(), stays.Select(t => t.Group.GroupId).ToArray(), stays.Select(t => t.Ask.Member).ToArray(), stays.Select(t => t.Status!).ToArray(),
                stays.Select(t => t.Until).ToArray(), stays.Select(t => t.Decision.Id).ToArray(), work.Now);
        }

        if (seats.Count > 0)
        {
            statements.Add(
                """
                update seat_groups g set taken = taken + took, version = version + 1
                from unnest($1, $2) as s (id, took) where g.group_id = s.id and g.taken + took <= g.capacity and not g.closed
                """, seats.Count, seats.Select(s => s.Before.GroupId).ToArray(), seats.Select(s => s.Took).ToArray());
        }

        statements.Audit([.. turns.Select(AuditOf)]);
        WaitlistLog.Write(statements, work.Now, [.. stays.Where(t => t.Status != SeatStates.Reserved).Select(StepOf)]);
        statements.Publish(
        [
            .. stays.Where(t => t.Status == SeatStates.Reserved).Select(t => ((object)new SeatReserved(t.Id, t.Group.GroupId, t.Ask.Member, t.Until!.Value, 1, work.Now), t.Ask.Activity?.Id)),
            .. seats.Select(s => ((object)new SeatsChanged(s.Before.GroupId, s.Before.Capacity, s.Before.Taken + s.Took, s.Before.Version + 1, work.Now), (string?)null)),
        ]);
        statements.Keep(work.Now, [.. turns.Where(t => t.Ask.Key is not null).Select(t => (t.Ask.Key!, t.Answer!))]);

        // What is left is the commit, and nobody gives that up.
        statements.Add("set local lock_timeout = 0", -1);
        await statements.ExecuteAsync();
    }

    private static AuditDraft AuditOf(Turn t) => t.Status is null
        ? new AuditDraft("enrollment.refused", t.Ask.Caller.Who, t.Ask.Member, t.Group.GroupId, new { decision = t.Decision.Id })
        : new AuditDraft($"enrollment.{t.Status}", t.Ask.Caller.Who, t.Ask.Member, t.Id, new { t.Group.GroupId, until = t.Until, decision = t.Decision.Id });

    private static WaitlistLog.Step StepOf(Turn t)
    {
        var held = t.Status == SeatStates.Held;
        var why = !held ? null : t.IntakeMissing ? WaitlistLog.Intake : WaitlistLog.Unclear;
        return new WaitlistLog.Step(t.Group.GroupId, t.Id, t.Ask.Member, t.Ask.Caller.Who, held ? WaitlistLog.Held : WaitlistLog.Joined, why, t.Decision.Id);
    }

    // A problem names the trace of the request that it answers.
    private static StoredResponse Given(SeatAsk ask, Reply reply)
    {
        Activity.Current = ask.Activity;
        try
        {
            return StoredResponse.Of(reply);
        }
        finally
        {
            Activity.Current = null;
        }
    }

    /// <summary>One request on its way through a batch.</summary>
    private sealed record Turn(int N, SeatAsk Ask, SeatGroup Group, Guid Id, SeatDecision Decision, EnrolStep Step, bool IntakeMissing)
    {
        /// <summary>How the stay begins; null when the law refuses it.</summary>
        public string? Status { get; set; }

        public DateTimeOffset? Until { get; set; }

        public int? Position { get; set; }

        /// <summary>The group closed while the law was asked.</summary>
        public bool IsTooLate { get; set; }

        public StoredResponse? Answer { get; set; }
    }

    /// <summary>A locked group, and what this batch does to it.</summary>
    private sealed class Seats(Locked before, Line line)
    {
        public Locked Before => before;

        public int Took { get; set; }

        public int Waiting { get; set; } = line.Waiting;

        public bool IsFree => !line.IsDue && before.Taken + Took < before.Capacity;
    }

    private sealed record Locked(Guid GroupId, int Capacity, int Taken, long Version, bool Closed);

    private sealed record Line(Guid GroupId, bool IsDue, int Waiting);
}
