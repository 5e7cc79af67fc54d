using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Checks the names and dates of a request against a rule set. A value that passes here may still be unknown to the law; one that fails was never a
/// question.</summary>
public static class LicensingRequestValidation
{
    private const int MostFacilitators = 20;
    private const int MostCredentials = 100;

    /// <summary>Messages by field, such as <c>facilitators[0].credentials[1].validTo</c>; empty when the request may be decided.</summary>
    public static IReadOnlyDictionary<string, string[]> Errors(CompiledRuleSet rules, LicensingRequest request)
    {
        var errors = new ErrorList();
        errors.Unless(rules.PracticeByCode.ContainsKey(request.Practice), "practice", "This practice is not known.");
        errors.OneOf(request.Point, Points.All, "point");
        errors.OneOf(request.Modality, Vocabulary.Modalities, "modality");
        errors.Unless(Bounds.Holds(request.At), "at", "The instant must lie between 1900 and 2199.");
        errors.Unless(request.Until is not null || !Points.IsJoin(request.Point), "until", "The end of the session is needed at this point.");
        errors.Unless(request.Until is not { } end || Bounds.Holds(end), "until", "The instant must lie between 1900 and 2199.");

        // A session may run past its planned end: its participants are still decided about.
        var mayBeOver = request.Point is Points.Recheck or Points.Rejoin;
        errors.Unless(mayBeOver || request.Until is not { } until || until >= request.At, "until", "The end lies before the instant asked about.");
        errors.Unless(rules.ServiceClassByCode.ContainsKey(request.Group.ServiceClass), "group.serviceClass", "This service class is not known.");
        errors.Unless(request.Group.MinimumAge is >= 0 and <= 120, "group.minimumAge", "An age lies between 0 and 120.");
        errors.Unless(
            request.Group.ReclassifiedFrom is not { } before || rules.ServiceClassByCode.ContainsKey(before),
            "group.reclassifiedFrom",
            "This service class is not known."
        );
        Facilitators(rules, request.Facilitators, errors);
        Member(rules, request, errors);
        return errors.ByField();
    }

    private static void Facilitators(CompiledRuleSet rules, IReadOnlyList<FacilitatorFacts> facilitators, ErrorList errors)
    {
        if (facilitators.Count > MostFacilitators)
        {
            errors.Add("facilitators", $"At most {MostFacilitators} facilitators can be asked about.");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < facilitators.Count; i++)
        {
            var (field, facilitator) = ($"facilitators[{i}]", facilitators[i]);
            if (facilitator is null)
            {
                errors.Add(field, "A facilitator is needed here.");
                continue;
            }

            errors.Unless(IsText(facilitator.Id, 200), $"{field}.id", "An id has 1 to 200 characters, none of them invisible commands.");
            errors.Unless(seen.Add(facilitator.Id), $"{field}.id", "This facilitator is there twice.");
            errors.OneOf(facilitator.Role, Vocabulary.Roles, $"{field}.role");
            errors.Unless(rules.ProfessionByCode.ContainsKey(facilitator.Profession), $"{field}.profession", "This profession is not known.");
            Jurisdiction(rules, facilitator.Location, $"{field}.location", errors);
            if (facilitator.Credentials.Count > MostCredentials)
            {
                errors.Add($"{field}.credentials", $"At most {MostCredentials} credentials can be asked about.");
                continue;
            }

            for (var c = 0; c < facilitator.Credentials.Count; c++)
            {
                Credential(rules, facilitator.Credentials[c], $"{field}.credentials[{c}]", errors);
            }
        }
    }

    private static void Credential(CompiledRuleSet rules, CredentialFacts? credential, string field, ErrorList errors)
    {
        if (credential is null)
        {
            errors.Add(field, "A credential is needed here.");
            return;
        }

        errors.OneOf(credential.Kind, Vocabulary.CredentialKinds, $"{field}.kind");
        errors.OneOf(credential.Status, Vocabulary.Statuses, $"{field}.status");
        Jurisdiction(rules, credential.Jurisdiction, $"{field}.jurisdiction", errors);
        Day(credential.ValidFrom, $"{field}.validFrom", errors);
        Day(credential.ValidTo, $"{field}.validTo", errors);
        errors.Unless(credential.ValidFrom <= credential.ValidTo, $"{field}.validTo", "The credential ends before it begins.");
        var (isCompact, isPermit) = (credential.Kind == Vocabulary.CompactPrivilege, credential.Kind == Vocabulary.TemporaryPermit);
        errors.Unless(
            credential.Type is null || IsText(credential.Type, 50),
            $"{field}.type",
            "A type has 1 to 50 characters, none of them invisible commands."
        );
        errors.Unless(credential.Type is not null || credential.Kind != Vocabulary.Licence, $"{field}.type", "A licence has a type.");
        errors.Unless(credential.Compact is not null || !isCompact, $"{field}.compact", "A compact privilege names its compact.");
        errors.Unless(credential.Compact is null || rules.CompactByCode.ContainsKey(credential.Compact), $"{field}.compact", "This compact is not known.");
        errors.Unless(credential.HomeState is not null || !isCompact, $"{field}.homeState", "A compact privilege names its home state.");
        Jurisdiction(rules, credential.HomeState, $"{field}.homeState", errors);
        errors.Unless(credential.DaysUsed is not null || !isPermit, $"{field}.daysUsed", "A temporary permit tells the days used.");
        errors.Unless(credential.DaysUsed is null or (>= 0 and <= 366), $"{field}.daysUsed", "Days used lie between 0 and 366.");
    }

    private static void Member(CompiledRuleSet rules, LicensingRequest request, ErrorList errors)
    {
        var member = request.Member;
        errors.Unless(IsText(member.Id, 200), "member.id", "An id has 1 to 200 characters, none of them invisible commands.");
        if (member.DateOfBirth is { } born)
        {
            Day(born, "member.dateOfBirth", errors);

            // A day of grace: the date is already tomorrow's east of Greenwich.
            errors.Unless(
                !Bounds.Holds(request.At) || born <= DateOnly.FromDateTime(request.At.UtcDateTime).AddDays(1),
                "member.dateOfBirth",
                "The date of birth lies in the future."
            );
        }

        if (member.Residence is { } residence)
        {
            Jurisdiction(rules, residence.Jurisdiction, "member.residence.jurisdiction", errors);
            if (residence.Since is { } since)
            {
                Day(since, "member.residence.since", errors);
            }

            if (residence.PostalState is { } mail)
            {
                errors.OneOf(mail, Vocabulary.PostalStates, "member.residence.postalState");
            }

            errors.Unless(
                residence.PostalState is null || residence.Jurisdiction == Vocabulary.Unknown,
                "member.residence.jurisdiction",
                "A military or diplomatic address leaves the jurisdiction UNKNOWN."
            );
            var abroad = residence.Jurisdiction is Vocabulary.Foreign or Vocabulary.Unknown;
            errors.Unless(
                residence.PostalCode is not { } code || (abroad ? IsText(code, 16) : IsZip(code)),
                "member.residence.postalCode",
                "A ZIP code has five digits, or nine with a hyphen."
            );
        }

        errors.Unless(member.EnrolledUnder is null or > 0, "member.enrolledUnder", "Rule sets are counted from 1.");
        errors.Unless(member.SeatGraceUntil is not { } grace || Bounds.Holds(grace), "member.seatGraceUntil", "The instant must lie between 1900 and 2199.");
        if (member.Override is { } lifted)
        {
            errors.Unless(IsText(lifted.Id, 200), "member.override.id", "An id has 1 to 200 characters, none of them invisible commands.");
            errors.Unless(lifted.Points.All(Points.All.Contains), "member.override.points", $"Each one of {string.Join(", ", Points.All)}.");
            errors.Unless(Bounds.Holds(lifted.Until), "member.override.until", "The instant must lie between 1900 and 2199.");
        }

        if (member.Location is { } location)
        {
            Jurisdiction(rules, location.Jurisdiction, "member.location.jurisdiction", errors);
            Jurisdiction(rules, location.NetworkHint, "member.location.networkHint", errors);
            errors.Unless(Bounds.Holds(location.AttestedAt), "member.location.attestedAt", "The instant must lie between 1900 and 2199.");
            errors.Unless(
                location.LastPresentAt is not { } present || Bounds.Holds(present),
                "member.location.lastPresentAt",
                "The instant must lie between 1900 and 2199."
            );
        }
    }

    private static void Jurisdiction(CompiledRuleSet rules, string? code, string field, ErrorList errors) =>
        errors.Unless(code is null || rules.IsJurisdiction(code), field, "A jurisdiction is written exactly, such as US-DC, FOREIGN or UNKNOWN.");

    private static void Day(DateOnly day, string field, ErrorList errors) =>
        errors.Unless(Bounds.Holds(day), field, "The date must lie between 1900 and 2199.");

    private static bool IsText(string text, int longest) => text.Length > 0 && TextRules.Length(text) <= longest && TextRules.IsClean(text);

    private static bool IsZip(string code) =>
        code.Length is 5 or 10
        && code.AsSpan(0, 5).IndexOfAnyExceptInRange('0', '9') < 0
        && (code.Length == 5 || (code[5] == '-' && code.AsSpan(6).IndexOfAnyExceptInRange('0', '9') < 0));

    private sealed class ErrorList
    {
        private readonly List<(string Field, string Message)> _errors = [];

        public void Add(string field, string message) => _errors.Add((field, message));

        public void Unless(bool holds, string field, string message)
        {
            if (!holds)
            {
                Add(field, message);
            }
        }

        public void OneOf(string value, IReadOnlyList<string> allowed, string field) =>
            Unless(allowed.Contains(value), field, $"One of {string.Join(", ", allowed)}.");

        public IReadOnlyDictionary<string, string[]> ByField() =>
            _errors
                .GroupBy(error => error.Field, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.Select(error => error.Message).Distinct().ToArray(), StringComparer.Ordinal);
    }
}
