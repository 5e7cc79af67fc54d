using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
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
/// Gives a session's facilitators what they need to send help to a member in danger, and those who opened its group by <see cref="BreakGlass"/>. Room's own
/// data is given at once; name and contact come from Enrollment, and when it does not answer within two seconds the answer is marked partial instead of
/// failing. Each call is a disclosure that the member can read.
/// </summary>
public static class OpenEmergency
{
    /// <param name="Reason">Why; 1 to 200 characters. Operators do not read it; the member does, after the session.</param>
    public sealed record Request([property: Required] string? Reason);

    /// <param name="Jurisdiction">Where the member said they were; null when they never said.</param>
    /// <param name="Address">As told at <c>join</c>; null when none was told or the session's retention is over.</param>
    public sealed record Location(string? Jurisdiction, string? Address, DateTimeOffset? AttestedAt);

    /// <param name="BreakGlassUntil">Until when this is possible without a new reason; null for the session's own facilitators.</param>
    /// <param name="Partial">Name and contact could not be read; ask again, and call emergency services for the location meanwhile.</param>
    public sealed record Response(
        Guid ParticipantId, string? Alias, string? LegalName, string? Phone, MemberContact.Person? EmergencyContact, Location Location, bool? Alone,
        bool Partial, DateTimeOffset? BreakGlassUntil);

    public static void MapOpenEmergency(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/sessions/{id}/participants/{participantId}/emergency", HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Response>()
            .Describe("openEmergency", Tag.LiveSessions, "Reach a member in danger; each time is a disclosure")
            .Refuses(409, "room-not-open", "room-ended")
            .AfterStepUp();

    private static async Task<IResult> HandleAsync(
        Guid id,
        Guid participantId,
        Request request,
        Caller caller,
        HttpContext http,
        Db db,
        RoomKeys keys,
        RoomTimes times,
        MemberContacts contacts,
        CancellationToken ct
    )
    {
        var errors = new FieldErrors().Text(request.Reason, "reason", EmergencyRules.LongestReason);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        MemberRow member;
        BreakGlassOpening? opening = null;
        await using (var read = await db.BeginAsync(caller, ct))
        {
            var led = await SessionReader.ForStaffAsync(read, caller, id);
            var refusal = led is null ? null : EmergencyRules.Refuse(led, times.LobbyBefore, read.Now);
            var found = await MemberAsync(read, id, participantId);
            if ((led is null || refusal is not null) && found is not null)
            {
                opening = await BreakGlassStore.FindOpenAsync(read, caller, found.GroupId);
            }

            if (opening is null && !caller.Is(Roles.Facilitator))
            {
                return new Problem(403, "not-allowed", "Open the group first, and say why.");
            }

            if (found is null || (led is null && opening is null))
            {
                return Problem.NotFound();
            }

            if (refusal is not null && opening is null)
            {
                return new Problem(409, refusal.Code, refusal.Sentence);
            }

            member = found;
        }

        var key = keys.Unwrap(id, member.WrappedKey);
        var contact = await contacts.FindAsync(http, id, member.AccountId, opening is not null, ct);
        var answer = new Response(
            participantId,
            member.Alias,
            contact?.LegalName,
            contact?.Phone,
            contact?.EmergencyContact,
            new Location(member.Jurisdiction, AddressOf(member, key), member.AttestedAt),
            member.Alone,
            Partial: contact is null,
            BreakGlassUntil: opening?.Until
        );
        await using var work = await db.BeginAsync(caller, ct);
        var reasonKey = opening is null ? key : keys.Unwrap(opening.OpeningId, opening.WrappedKey);
        await SaveAsync(work, caller, id, member, answer, reasonKey?.Seal("disclosures", request.Reason!), opening);
        await work.CommitAsync(ct);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(answer);
    }

    private static Task<MemberRow?> MemberAsync(UnitOfWork work, Guid session, Guid participant) =>
        work.FirstOrDefaultAsync<MemberRow>(
            """
            select participant_id, account_id, alias, jurisdiction, attested_at, alone, address, group_id, wrapped_key
            from participants join sessions using (session_id) where session_id = @session and participant_id = @participant and role = 'member'
            """,
            new { session, participant }
        );

    // An address that cannot be decrypted is left out; it refuses nothing.
    private static string? AddressOf(MemberRow member, SessionKey? key)
    {
        try
        {
            return member.Address is { } box ? key?.OpenText("addresses", box) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static async Task SaveAsync(
        UnitOfWork work, Caller caller, Guid session, MemberRow member, Response answer, byte[]? reason, BreakGlassOpening? opening)
    {
        var given = EmergencyRules.Given(
            ("legalName", answer.LegalName is not null),
            ("phone", answer.Phone is not null),
            ("emergencyContact", answer.EmergencyContact is not null),
            ("jurisdiction", answer.Location.Jurisdiction is not null),
            ("address", answer.Location.Address is not null),
            ("alone", answer.Alone is not null)
        );
        await work.ExecuteAsync(
            """
            insert into disclosures (disclosure_id, session_id, participant_id, member_id, by_account, by_name, given, reason, at,
                opening_id, by_role, shown_from)
            values (@disclosure, @session, @ParticipantId, @AccountId, @by, coalesce(
                (select alias from participants where session_id = @session and account_id = @by),
                (select display_name from facilitator_names where facilitator_id = @by), initcap(@role)), @given, @reason,
                @Now, @opening, @role, @shown)
            """,
            new
            {
                disclosure = work.NewId(),
                session,
                member.ParticipantId,
                member.AccountId,
                by = caller.AccountId,
                given,
                reason,
                work.Now,
                opening = opening?.OpeningId,
                role = opening?.ByRole ?? AccountRoles.Facilitator,
                shown = opening?.Until,
            }
        );
        work.Audit("emergency.disclosed", member.AccountId, session, new { given, answer.Partial, opening = opening?.OpeningId });
        if (opening is not null)
        {
            work.Publish(new BreakGlassDisclosed(opening.OpeningId, opening.Practice, opening.GroupId, member.AccountId, work.Now));
        }
    }

    private sealed record MemberRow(
        Guid ParticipantId, Guid AccountId, string? Alias, string? Jurisdiction, DateTimeOffset? AttestedAt, bool? Alone, byte[]? Address,
        Guid GroupId, byte[]? WrappedKey);
}
