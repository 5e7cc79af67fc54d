using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Room.Api;

/// <summary>Asks to join a session from where the person is now, and answers a ticket or every reason why not. Answered from the permit alone: no other
/// service is asked.</summary>
public static class JoinSession
{
    private static readonly TimeSpan WaitForEnrollment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(200);

    /// <param name="Jurisdiction">ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
    /// <param name="Address">For an emergency; kept sealed with the session.</param>
    public sealed record Location([Required] string? Jurisdiction, string? Address = null);

    public sealed record Request(Location? Location = null, bool? Alone = null, string? Alias = null);

    public sealed record RuleSet(int Version, string Sha256);

    public sealed record AlternativeGroup(Guid Id, string Name);

    public sealed record Decision(
        Guid? Id,
        string Outcome,
        IReadOnlyList<DecisionReason> Reasons,
        IReadOnlyList<string> Conditions,
        IReadOnlyList<string> Alternatives,
        IReadOnlyList<AlternativeGroup> AlternativeGroups,
        DateTimeOffset? NextRecheckAt,
        RuleSet RuleSet,
        string Engine
    );

    /// <param name="Decision">Null for facilitators: the licensing decision is about members.</param>
    public sealed record Response(string Ticket, DateTimeOffset ExpiresAt, string Hub, Decision? Decision, IReadOnlyList<IceServer> IceServers);

    public static void MapJoinSession(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/join", HandleAsync)
            .ForSignedIn()
            .Produces<Response>()
            .Describe("joinSession", Tag.LiveSessions, "Ask for a ticket into a live session")
            .Refuses(403, "not-enrolled", "removed")
            .Refuses(409, "room-ended", "room-locked", "room-full", "begins-later")
            .RefusesWith<Decision>(403, "not-eligible", "decision")
            .RefusesWith<DateTimeOffset>(409, "room-not-open", "opensAt");

    private static async Task<IResult> HandleAsync(
        Guid id,
        Request? request,
        Caller caller,
        HttpContext http,
        Writes writes,
        RoomExecutor executor,
        NodeLease lease,
        TimeProvider clock,
        RelayCredentials relay
    )
    {
        request ??= new Request();
        var errors = Check(request);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var began = clock.GetTimestamp();
        while (true)
        {
            var mayBeEarly = caller.Is(Roles.Member) && clock.GetElapsedTime(began) <= WaitForEnrollment;
            var attempt = new Attempt(id, request, caller, lease.Term, relay, mayBeEarly);
            // With an idempotency key the answer is stored in the same transaction; without one, joins share commits with everything else.
            var answer = http.Request.Headers.ContainsKey("Idempotency-Key")
                ? await writes.RunAsync(http, caller, request, async work => attempt.ReplyTo(await executor.RunInAsync(work, attempt.Command)))
                : StoredResponse.Of(attempt.ReplyTo(await executor.RunAsync(attempt.Command)));
            if (!attempt.IsEarly)
            {
                return answer;
            }

            await Task.Delay(LookAgainAfter, clock, http.RequestAborted);
        }
    }

    /// <summary>Runs one command and turns its outcome into a reply.</summary>
    /// <param name="mayBeEarly">A member who is not known to be enrolled may be here before the message about their seat.</param>
    private sealed class Attempt(Guid session, Request request, Caller caller, long term, RelayCredentials relay, bool mayBeEarly)
    {
        private readonly string _ticket = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

        public Join Command =>
            new(
                session,
                caller.AccountId,
                caller.PracticesAs(Roles.Facilitator),
                caller.Is(Roles.Member),
                request.Location?.Jurisdiction,
                request.Location?.Address,
                request.Alone,
                request.Alias,
                SHA256.HashData(Encoding.UTF8.GetBytes(_ticket))
            )
            {
                Who = caller.Who,
                Term = term,
            };

        /// <summary>The reply is no answer yet: it must be asked again.</summary>
        public bool IsEarly { get; private set; }

        public Reply ReplyTo(Answer<JoinAnswer> joined)
        {
            IsEarly = mayBeEarly && joined.Value?.Refused == Joining.NotEnrolled;
            // Of this status no idempotency key keeps the reply.
            return IsEarly ? Reply.Refused(Problem.NotYetKnown()) : JoinSession.ReplyTo(session, _ticket, joined, relay);
        }
    }

    private static Reply ReplyTo(Guid session, string ticket, Answer<JoinAnswer> joined, RelayCredentials relay) =>
        joined switch
        {
            { Value: null } => Reply.Refused(Problem.TryAgain()),
            { Value: { Refused: { Field: { } field } wrong } } => Reply.Refused(Problem.Invalid(field, wrong.Sentence)),
            { Value.Refused: { } unknown } when unknown == Joining.NotYetKnown => Reply.Refused(Problem.NotYetKnown()),
            { Value: { Refused: { } refused, Decision: { } decision } } => Reply.RefusedAndStored(
                new Problem(refused.Status, refused.Code, refused.Sentence, null, new Dictionary<string, object?> { ["decision"] = View(decision) })
            ),
            { Value.Refused: { OpensAt: { } opensAt } early } => Reply.Refused(
                new Problem(early.Status, early.Code, early.Sentence, null, new Dictionary<string, object?> { ["opensAt"] = opensAt })
            ),
            { Value.Refused: { } refused } => Reply.Refused(new Problem(refused.Status, refused.Code, refused.Sentence)),
            { Value: { } answer } => Reply.Ok(
                new Response(
                    ticket,
                    answer.ExpiresAt!.Value,
                    $"/hubs/room?session={session}",
                    answer.Decision is { } d ? View(d) : null,
                    relay.For(answer.ParticipantId).IceServers
                )
            ),
        };

    private static FieldErrors Check(Request request)
    {
        var errors = new FieldErrors();
        if (request.Location is { } location)
        {
            errors.Check(
                location.Jurisdiction is { } place && JoinRules.IsJurisdictionCode(place),
                "location.jurisdiction",
                "ISO 3166-2 such as US-XX in capitals, FOREIGN or UNKNOWN."
            );
            if (location.Address is not null)
            {
                errors.Text(location.Address, "location.address", 300);
            }
        }

        if (request.Alias is { } alias)
        {
            errors.Check(AliasRules.IsAlias(alias), "alias", "1 to 40 characters, with something to be seen, without invisible commands.");
        }

        return errors;
    }

    private static Decision View(JoinDecision d) =>
        new(
            d.Id,
            d.Answer.Outcome,
            d.Answer.Reasons,
            d.Answer.Conditions,
            d.Answer.Alternatives,
            [],
            d.Answer.Until,
            new RuleSet(d.Permit.RuleSet, d.Permit.RuleSetSha256),
            d.Permit.Engine
        );
}
