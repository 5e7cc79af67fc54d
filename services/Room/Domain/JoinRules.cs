using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>A location that a member attested earlier in this session.</summary>
public sealed record AttestedLocation(string Jurisdiction, DateTimeOffset AttestedAt);

/// <summary>A reason as members read it.</summary>
public sealed record DecisionReason(string Code, string? Jurisdiction, string Rule, string Text, string Citation);

/// <summary>The permit's answer for the location a member joins from.</summary>
/// <param name="Point"><c>join</c>, <c>rejoin</c> for a member who was present before, or <c>recheck</c> for one who is present.</param>
/// <param name="AttestedAt">Null when no location counts as attested.</param>
/// <param name="ByCrisis">The permit says no, and an open crisis lets them stay.</param>
public sealed record LocationDecision(
    string Outcome,
    string Point,
    string Jurisdiction,
    DateTimeOffset? AttestedAt,
    IReadOnlyList<DecisionReason> Reasons,
    IReadOnlyList<string> Conditions,
    IReadOnlyList<string> Alternatives,
    DateTimeOffset? Until,
    bool ByCrisis = false
)
{
    public bool LetsIn => Outcome is JoinRules.Allow or JoinRules.AllowWithConditions;
}

/// <summary>Picks a permit's row and applies the age of the attestation; the law and the practice's policy are in the row already. Pure.</summary>
public static class JoinRules
{
    public const string Allow = "allow";
    public const string AllowWithConditions = "allow_with_conditions";
    public const string Hold = "hold";
    public const string Deny = "deny";
    public const string Unknown = "UNKNOWN";
    public const string Foreign = "FOREIGN";

    public const string RejoinPoint = "rejoin";
    public const string RecheckPoint = "recheck";
    public const string RecheckExpired = "RECHECK_EXPIRED_MID_SESSION";

    /// <summary>The rules for a member who stays for a crisis alone.</summary>
    public static readonly IReadOnlyList<string> CrisisConditions = ["no_therapy_content", "handover"];

    private const string CrisisNeverDisconnect = "CRISIS_NEVER_DISCONNECT";
    private const string RejoinWithinGrace = "REJOIN_WITHIN_GRACE";

    /// <summary>Whether the text has the form of a jurisdiction code, whatever any permit says about it.</summary>
    public static bool IsJurisdictionCode(string jurisdiction) =>
        jurisdiction is Unknown or Foreign
        || (
            jurisdiction.Length == 5
            && jurisdiction.StartsWith("US-", StringComparison.Ordinal)
            && char.IsAsciiLetterUpper(jurisdiction[3])
            && char.IsAsciiLetterUpper(jurisdiction[4])
        );

    /// <summary>Whether the permit has a row for the jurisdiction; an unknown code is a mistake of the caller, not an answer.</summary>
    public static bool Knows(PermitChanged permit, string jurisdiction) =>
        jurisdiction is Unknown or Foreign || permit.Places.Any(p => p.Jurisdiction == jurisdiction);

    /// <summary>Whether a member of a group that admits at marked sessions begins with a later one than this.</summary>
    /// <param name="firstStartsAt">When their first session starts; null when none is known: then they are not kept waiting.</param>
    public static bool BeginsLater(DateTimeOffset? firstStartsAt, DateTimeOffset startsAt) => firstStartsAt > startsAt;

    /// <param name="said">Where the person says they are now; null when they did not say.</param>
    /// <param name="earlier">Where they said they were when they joined before.</param>
    /// <param name="lastPresentAt">When they were last known to be here; null when never.</param>
    public static LocationDecision Decide(
        PermitChanged permit,
        string? said,
        AttestedLocation? earlier,
        DateTimeOffset? lastPresentAt,
        DateTimeOffset now,
        TimeSpan attestation,
        TimeSpan rejoinGrace
    )
    {
        var point = lastPresentAt is null ? "join" : RejoinPoint;
        if (said is not null)
        {
            return Row(permit, said, point, said == Unknown ? null : now, now);
        }

        if (earlier is null || lastPresentAt is not { } present || now - present > rejoinGrace)
        {
            return Row(permit, Unknown, point, null, now);
        }

        var answer = Row(permit, earlier.Jurisdiction, point, earlier.AttestedAt, now);
        return now - earlier.AttestedAt > attestation ? answer with { Reasons = [.. answer.Reasons, Grace(permit, earlier.Jurisdiction)] } : answer;
    }

    /// <summary>The answer for a participant, at the location they attested. The age of the attestation does not count in between.</summary>
    public static LocationDecision Recheck(PermitChanged permit, string place, DateTimeOffset? attestedAt, DateTimeOffset now) =>
        Row(permit, place, RecheckPoint, attestedAt, now);

    /// <summary>In an open crisis no member who was here is held or denied: they stay without therapy content, a handover is recorded, and the reasons are left
    /// in the list.</summary>
    public static LocationDecision InCrisis(LocationDecision plain, PermitChanged permit)
    {
        if (plain.LetsIn || plain.Point is not (RecheckPoint or RejoinPoint))
        {
            return plain;
        }

        var known = permit.CrisisNeverDisconnect is { } index && index < permit.Reasons.Count ? permit.Reasons[index] : null;
        var reason = new DecisionReason(
            CrisisNeverDisconnect,
            null,
            known?.Rule ?? "crisis.never_disconnect",
            known?.Text ?? "You stay connected: nobody is disconnected for licensing while you need help now. We will help you to reach support near you.",
            known?.Citation ?? ""
        );
        return plain with { Outcome = AllowWithConditions, Reasons = [.. plain.Reasons, reason], Conditions = CrisisConditions, ByCrisis = true };
    }

    private static LocationDecision Row(PermitChanged permit, string jurisdiction, string point, DateTimeOffset? attestedAt, DateTimeOffset now)
    {
        if (permit.Places.FirstOrDefault(p => p.Jurisdiction == jurisdiction) is not { } place)
        {
            // Missing never means allow.
            return new LocationDecision(
                Deny,
                point,
                jurisdiction,
                attestedAt,
                [new DecisionReason("LOCATION_UNKNOWN", jurisdiction, "join.location", "We need to know where you are right now before you can join.", "")],
                [],
                [],
                null
            );
        }

        if (place.Until is { } until && now >= until)
        {
            var code = point == "join" ? "DEGRADED_LAST_DECISION" : RecheckExpired;
            return new LocationDecision(
                Hold,
                point,
                jurisdiction,
                attestedAt,
                [
                    new DecisionReason(
                        code,
                        jurisdiction,
                        "join.recheck",
                        "Your eligibility has to be checked again first. Please try again in a moment, or call your practice.",
                        ""
                    ),
                ],
                [],
                place.Alternatives,
                null
            );
        }

        return new LocationDecision(
            place.Outcome,
            point,
            jurisdiction,
            attestedAt,
            [.. place.Reasons.Select(i => Told(permit.Reasons[i], place))],
            place.Conditions,
            place.Alternatives,
            place.Until
        );
    }

    private static DecisionReason Told(PermitReason reason, PermitPlace place) =>
        new(
            reason.Code,
            reason.AboutThePlace ? place.Jurisdiction : reason.Jurisdiction,
            reason.Rule,
            reason.Text.Replace("{place}", place.Name, StringComparison.Ordinal),
            reason.Citation
        );

    private static DecisionReason Grace(PermitChanged permit, string jurisdiction)
    {
        var known = permit.Reasons.FirstOrDefault(r => r.Code == RejoinWithinGrace);
        return new DecisionReason(
            RejoinWithinGrace,
            jurisdiction,
            known?.Rule ?? "join.grace",
            known?.Text ?? "You were in this session a moment ago, so you need not tell us again where you are.",
            known?.Citation ?? ""
        );
    }
}
