using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Joining;

/// <summary>Asks to join a session from where the person is now, and answers a ticket or every reason why not. Answered from the permit alone: no other service is asked.</summary>
public static class JoinSession
{
    private static readonly TimeSpan NewsWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(200);
    private static readonly Problem NotEnrolled = new(403, "not-enrolled", "You are not enrolled in this group.");

    /// <param name="Jurisdiction">ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
    /// <param name="Address">For an emergency; kept sealed with the session.</param>
    public sealed record Location(string? Jurisdiction, string? Address = null);

    public sealed record Request(Location? Location = null, bool? Alone = null, string? Alias = null);

    public sealed record RuleSet(int Version, string Sha256);

    public sealed record AlternativeGroup(Guid Id, string Name);

    public sealed record Decision(
        Guid? Id, string Outcome, IReadOnlyList<DecisionReason> Reasons, IReadOnlyList<string> Conditions, IReadOnlyList<string> Alternatives,
        IReadOnlyList<AlternativeGroup> AlternativeGroups, DateTimeOffset? NextRecheckAt, RuleSet RuleSet, string Engine);

    public sealed record IceServer(IReadOnlyList<string> Urls, string? Username, string? Credential);

    /// <param name="Decision">Null for facilitators: the licensing decision is about members.</param>
    public sealed record Response(string Ticket, DateTimeOffset ExpiresAt, string Hub, Decision? Decision, IReadOnlyList<IceServer> IceServers);

    public static void MapJoinSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/join", async (Guid id, Request? request, Caller caller, HttpContext http, Writes writes, LiveRooms rooms, RoomTimes times, TimeProvider clock) =>
        {
            request ??= new Request();
            var errors = Check(request);
            if (errors.Any)
            {
                return errors.ToProblem();
            }

            // Somebody who has just confirmed their seat may be here before the news of it: a stranger is a stranger only after a moment.
            var until = clock.GetTimestamp() + (long)(NewsWithin.TotalSeconds * clock.TimestampFrequency);
            while (true)
            {
                var (isStranger, term) = (false, rooms.Lease.Term);
                var answer = await writes.RunAsync(http, caller, request, async work =>
                {
                    var reply = await ServeAsync(work, id, request, rooms, term, times);
                    isStranger = ReferenceEquals(reply.Body, NotEnrolled) && caller.Is(Roles.Member);
                    return reply;
                });
                if (!isStranger || clock.GetTimestamp() > until)
                {
                    return answer;
                }

                await Task.Delay(LookAgainAfter, clock, http.RequestAborted);
            }
        })
        .ForSignedIn().WithName("JoinSession").WithTags("Live sessions").WithSummary("Ask for a ticket into a live session.")
        .Produces<Response>().ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

    private static async Task<Reply> ServeAsync(UnitOfWork work, Guid id, Request request, LiveRooms rooms, long term, RoomTimes times)
    {
        var (turn, serves) = await RoomTurn.BeginServingAsync(work, id, TurnLock.Change, rooms, term);
        return !serves ? Reply.Refused(Problem.TryAgain())
            : turn is null ? Reply.Refused(Problem.NotYetKnown())
            : await JoinAsync(turn, request, times);
    }

    private static FieldErrors Check(Request request)
    {
        var errors = new FieldErrors();
        if (request.Location is { } location)
        {
            errors.Check(location.Jurisdiction is { } place && JoinRules.IsPlace(place), "location.jurisdiction", "ISO 3166-2 such as US-XX in capitals, FOREIGN or UNKNOWN.");
            if (location.Address is not null)
            {
                errors.Text(location.Address, "location.address", 300);
            }
        }

        if (request.Alias is { } alias)
        {
            errors.Check(AliasRules.IsAlias(alias), "alias", "1 to 40 characters, not only white space, without unseen ones.");
        }

        return errors;
    }

    private static async Task<Reply> JoinAsync(RoomTurn turn, Request request, RoomTimes times)
    {
        var caller = turn.Work.Caller;
        var role = caller.Is(Roles.Facilitator) ? await StaffRoleAsync(turn) : null;
        var permit = role is null && caller.Is(Roles.Member) ? await Permits.ForJoiningAsync(turn.Work, turn.SessionId, caller.AccountId) : null;
        if (role is null && permit is null)
        {
            return Reply.Refused(caller.Is(Roles.Member) && await IsExpectedAsync(turn)
                ? await WithoutPermitAsync(turn, times)
                : NotEnrolled);
        }

        if (permit is { Withdrawn: false } && request.Location?.Jurisdiction is { } said && !JoinRules.Knows(permit, said))
        {
            return Reply.Refused(Problem.Invalid("location.jurisdiction", "There is no such place."));
        }

        await OpenRoom.OpenLobbyWhenDueAsync(turn, times);
        var (me, others) = await ParticipantAsync(turn, role ?? RoomRoles.Member);
        if (Refuse(turn.Session, me, others) is { } refused)
        {
            return Reply.Refused(refused);
        }

        var decided = permit is null ? null : await DecideAsync(turn, me, permit, request, times);
        if (decided is { LetsIn: false })
        {
            return Reply.RefusedOnRecord(new Problem(
                403, "not-eligible",
                decided.Value.Answer.Jurisdiction == JoinRules.Unknown ? "Please tell us where you are right now; without that you cannot join. The reasons are listed."
                    : "You cannot join this session from where you are. The reasons are listed.", null,
                new Dictionary<string, object?> { ["decision"] = View(decided.Value.Id, decided.Value.Answer, permit!) }));
        }

        if (await NameAsync(turn, me, request.Alias) is not { } named)
        {
            return Reply.Refused(Problem.Invalid("alias", "That is the name of somebody who leads the group. Choose another."));
        }

        me = named;
        var (ticket, expiresAt) = Tickets.Mint(turn, me, times.Ticket);
        return Reply.Ok(new Response(ticket, expiresAt, $"/hubs/room?session={turn.SessionId}", decided is { } d ? View(d.Id, d.Answer, permit!) : null, []));
    }

    private static Task<bool> IsExpectedAsync(RoomTurn turn) => turn.Work.FirstOrDefaultAsync<bool>(
        "select exists (select 1 from enrollments where group_id = @GroupId and member_id = @AccountId and active)",
        new { turn.Session.GroupId, turn.Work.Caller.AccountId });

    /// <summary>Somebody enrolled whose permit is on its way: made for the near sessions only, withdrawn for cancelled ones. No permit never means allowed.</summary>
    private static async Task<Problem> WithoutPermitAsync(RoomTurn turn, RoomTimes times)
    {
        await OpenRoom.OpenLobbyWhenDueAsync(turn, times);
        return PhaseProblem(turn.Session) ?? Problem.NotYetKnown();
    }

    private static async Task<string?> StaffRoleAsync(RoomTurn turn) => await turn.Work.FirstOrDefaultAsync<string>(
        """
        select s.role from session_staff s left join account_roles a using (account_id)
        where s.session_id = @SessionId and s.account_id = @AccountId and (a.roles is null or @facilitator = any (a.roles))
        """, new { turn.SessionId, turn.Work.Caller.AccountId, facilitator = Roles.Facilitator });

    /// <summary>One per person and session, over tabs, devices and reconnects; and how many other members have a place here or are on their way in.</summary>
    private static async Task<(ParticipantRow Me, int Others)> ParticipantAsync(RoomTurn turn, string role)
    {
        await using var read = await turn.Work.QueryTogetherAsync(
            $"""
             insert into participants as p (session_id, participant_id, account_id, role) values (@SessionId, @id, @AccountId, @role)
             on conflict (session_id, account_id) do update set role = excluded.role where p.role <> excluded.role and not (p.role = 'observer' and excluded.role = 'co_facilitator');
             select {ParticipantRow.Columns} from participants where session_id = @SessionId and account_id = @AccountId;
             select count(*)::int from participants p where p.session_id = @SessionId and p.role = 'member' and p.account_id <> @AccountId
               and (p.admission = 'in' or (p.admission = 'waiting' and p.present)
                    or exists (select 1 from tickets t where t.session_id = p.session_id and t.participant_id = p.participant_id and t.expires_at > @Now))
             """, new { turn.SessionId, id = turn.Work.NewId(), turn.Work.Caller.AccountId, role, turn.Work.Now });
        return (await read.ReadSingleAsync<ParticipantRow>(), await read.ReadSingleAsync<int>());
    }

    private static Problem? Refuse(SessionRow session, ParticipantRow me, int others) =>
        me.Admission == Admissions.Removed ? new Problem(403, "removed", "A facilitator has removed you from this session.")
        : PhaseProblem(session) is { } closed ? closed
        // Who was admitted once comes back, into a locked or full room too.
        : me.IsFacilitator || me.IsIn ? null
        : session.Locked ? new Problem(409, "room-locked", "The facilitator has closed the room to newcomers.")
        : others >= session.Capacity ? new Problem(409, "room-full", "All seats of this session are taken.")
        : null;

    private static Problem? PhaseProblem(SessionRow session) =>
        session.Cancelled ? new Problem(409, "room-ended", "This session does not take place.")
        : session.Phase == Phases.Ended ? new Problem(409, "room-ended", "This session is over.")
        : session.Phase == Phases.Scheduled ? new Problem(409, "room-not-open", "The waiting room is not open yet.")
        : null;

    private static async Task<Decided?> DecideAsync(RoomTurn turn, ParticipantRow me, PermitChanged permit, Request request, RoomTimes times)
    {
        var work = turn.Work;
        var connected = me.Present && await work.FirstOrDefaultAsync<bool>(
            "select exists (select 1 from connections where session_id = @SessionId and participant_id = @ParticipantId)", new { turn.SessionId, me.ParticipantId });
        var lastPresentAt = connected ? work.Now : me.LastPresentAt;
        // Who was refused since then may be somewhere else by now, and has to say where.
        var earlier = me is { Place: { } place, AttestedAt: { } attested } && !(me.RefusedAt >= attested) ? new AttestedPlace(place, attested) : null;
        var answer = JoinRules.Decide(permit, request.Location?.Jurisdiction, earlier, lastPresentAt, work.Now, times.Attestation, times.RejoinGrace);
        answer = me.Crisis ? JoinRules.InCrisis(answer, permit) : answer;
        var id = await JoinDecisions.RecordAsync(turn, me, permit, answer, lastPresentAt);
        KeepPlace(turn, me, answer, request);
        if (answer.LetsIn && me.Present)
        {
            await MemberStanding.AnnounceAsync(turn, me, answer.Until, times);
        }

        if (answer.Outcome == JoinRules.Hold)
        {
            await turn.AppendAsync(Streams.Staff, Kinds.EligibilityHeld, null, new { participantId = me.ParticipantId, reasons = answer.Reasons.Select(r => r.Code).ToArray() });
        }

        return new Decided(id, answer);
    }

    // Nothing in this unit reads it.
    private static void KeepPlace(RoomTurn turn, ParticipantRow me, PlaceDecision answer, Request request)
    {
        if (answer.LetsIn)
        {
            turn.Work.WithCommit(
                """
                update participants set place = $3, attested_at = $4, permit_until = $5, permit_lost = $6, refused_at = null,
                    alone = coalesce($7, alone), address = coalesce($8, address)
                where session_id = $1 and participant_id = $2
                """, 1,
                turn.SessionId, me.ParticipantId, answer.Jurisdiction, answer.AttestedAt?.UtcDateTime, answer.Until?.UtcDateTime, answer.ByCrisis, request.Alone,
                request.Location?.Address is { } address ? turn.Key.Seal("addresses", address) : null);
        }
        else
        {
            turn.Work.WithCommit("update participants set refused_at = $3 where session_id = $1 and participant_id = $2", 1, turn.SessionId, me.ParticipantId, turn.Work.Now.UtcDateTime);
        }
    }

    // The first name that gets in is the name for the session.
    private static async Task<ParticipantRow?> NameAsync(RoomTurn turn, ParticipantRow me, string? wish)
    {
        if (me.Alias is not null)
        {
            return me;
        }

        var names = await turn.Work.QueryAsync<Name>(
            """
            select alias as text, role <> 'member' as is_staff, account_id from participants where session_id = @SessionId and alias is not null
            union all
            select c.display_name, true, s.account_id from session_staff s join facilitator_cards c on c.facilitator_id = s.account_id where s.session_id = @SessionId
            """, new { turn.SessionId });
        if (wish is not null && !me.IsFacilitator && AliasRules.IsOfStaff(wish, names.Where(n => n.IsStaff).Select(n => n.Text)))
        {
            return null;
        }

        var taken = names.Where(n => n.AccountId != me.AccountId).Select(n => n.Text).ToList();
        var alias = wish is not null ? AliasRules.Distinct(wish, taken)
            : me.IsFacilitator ? AliasRules.Fitting(names.FirstOrDefault(n => n.AccountId == me.AccountId)?.Text)
            : AliasRules.Neutral(taken);
        turn.Work.WithCommit("update participants set alias = $1 where session_id = $2 and participant_id = $3", 1, alias, turn.SessionId, me.ParticipantId);
        return me with { Alias = alias };
    }

    private static Decision View(Guid id, PlaceDecision answer, PermitChanged permit) => new(
        id, answer.Outcome, answer.Reasons, answer.Conditions, answer.Alternatives, [], answer.Until, new RuleSet(permit.RuleSet, permit.RuleSetSha256), permit.Engine);

    private sealed record Name(string Text, bool IsStaff, Guid AccountId);

    private readonly record struct Decided(Guid Id, PlaceDecision Answer)
    {
        public bool LetsIn => Answer.LetsIn;
    }
}
