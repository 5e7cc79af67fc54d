using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>Everything that one practice has: people in each role, a session about to begin, and a row behind every id that a path can hold.</summary>
/// <param name="Ids">By the segment of a path that the id follows.</param>
/// <param name="Secrets">Ids and words that nobody of another practice may read.</param>
internal sealed record OnePractice(
    string Name,
    Person Operator,
    Person Facilitator,
    Person Member,
    Evening Evening,
    IReadOnlyDictionary<string, string> Ids,
    IReadOnlyList<string> Secrets
)
{
    public static async Task<OnePractice> MakeAsync(Deployment deployment, Person founder, string practice)
    {
        var mark = $"Mark{Guid.CreateVersion7():N}";
        var operators = await Person.InvitedAsync(deployment, founder, "operator", practice);
        var facilitator = await Person.NewFacilitatorAsync(deployment, operators, practice);
        var evening = await Evening.TonightAsync(operators, facilitator.Id, practice: practice);
        var member = await Person.NewMemberAsync(deployment, "FL");
        await member.SendAsync(
            HttpMethod.Put,
            "/api/me/profile",
            new
            {
                legalName = $"Name {mark}",
                dateOfBirth = "1988-02-29",
                phone = "+1 212 555 0100",
                residence = new
                {
                    line1 = $"Street {mark}",
                    city = "Town",
                    state = "FL",
                    postalCode = "33602",
                    country = "US",
                },
                emergencyContact = new
                {
                    name = $"Friend {mark}",
                    phone = "+1 212 555 0101",
                    relation = "friend",
                },
            }
        );
        var enrollment = await member.SeatAsync(evening.Group);
        await operators.PostAsync(
            $"/api/members/{member.Id}/intakes",
            new
            {
                practice,
                doneOn = "2026-01-31",
                note = $"Note {mark}",
            },
            HttpStatusCode.Created
        );
        await member.JoinAsync(evening.Session, "US-FL", alias: "Somebody");

        var credential = await FirstAsync(operators, $"/api/facilitators/{facilitator.Id}/credentials", "id");
        var decision = await FirstAsync(operators, $"/api/licensing/decisions?memberId={member.Id}", "id");
        var participant = await FirstAsync(facilitator, $"/api/sessions/{evening.Session}/attendance", "participantId");
        var asked = await operators.PostAsync(
            "/api/licensing/overrides",
            new
            {
                memberId = member.Id,
                sessionId = evening.Session,
                point = "join",
                reason = $"Reason {mark}",
                expiresAt = TimeProvider.System.GetUtcNow().AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", null),
            },
            HttpStatusCode.Created
        );
        var week = new
        {
            week = 1,
            title = "Beginning",
            guidance = "We say hello.",
            skills = new[] { "breathing" },
            homework = "Notice one breath.",
        };
        var program = await operators.PostAsync(
            $"/api/practices/{practice}/programs",
            new
            {
                title = $"Program {mark}",
                topic = "anxiety",
                program = new[] { week },
            },
            HttpStatusCode.Created
        );
        var day = $"2027-{Random.Shared.Next(1, 13):00}-{Random.Shared.Next(1, 28):00}";
        await operators.PostAsync(
            $"/api/practices/{practice}/holidays",
            new
            {
                day,
                name = mark,
                effect = "skip",
            },
            HttpStatusCode.Created
        );
        return new OnePractice(
            practice,
            operators,
            facilitator,
            member,
            evening,
            new Dictionary<string, string>
            {
                ["groups"] = $"{evening.Group}",
                ["sessions"] = $"{evening.Session}",
                ["members"] = $"{member.Id}",
                ["attendance"] = $"{member.Id}",
                ["facilitators"] = $"{facilitator.Id}",
                ["credentials"] = credential,
                ["enrollments"] = $"{enrollment}",
                ["decisions"] = decision,
                ["overrides"] = (string)asked["id"]!,
                ["participants"] = participant,
                ["practices"] = practice,
                ["accounts"] = $"{facilitator.Id}",
                ["rule-sets"] = "1",
                ["programs"] = (string)program["id"]!,
                ["holidays"] = await FirstAsync(operators, $"/api/practices/{practice}/holidays", "id"),
            },
            [
                mark,
                $"{member.Id}",
                $"{enrollment}",
                credential,
                decision,
                participant,
                $"{operators.Id}",
                (string)asked["id"]!,
                (string)member.Me["email"]!,
                (string)facilitator.Me["email"]!,
                (string)operators.Me["email"]!,
            ]
        );
    }

    /// <summary>An account of this practice with one of these roles.</summary>
    public Person Who(IReadOnlyList<string> roles) =>
        roles.Contains("operator") ? Operator
        : roles.Contains("facilitator") ? Facilitator
        : Member;

    /// <summary>A path with this practice's ids; an id that it has none of is one that no row has.</summary>
    public string Path(string template)
    {
        var parts = template.Split('/');
        return string.Join(
            '/',
            parts.Select(
                (part, i) =>
                    !part.StartsWith('{') ? part
                    : Ids.TryGetValue(parts[i - 1], out var id) ? id
                    : part.EndsWith(".ics", StringComparison.Ordinal) ? $"{Guid.CreateVersion7():N}.ics"
                    : $"{Guid.CreateVersion7()}"
            )
        );
    }

    private static async Task<string> FirstAsync(Person person, string path, string field)
    {
        var found = "";
        await Eventually.Async(
            async () => (await person.GetAsync(path))["items"]!.AsArray() is [{ } first, ..] && (found = (string?)first[field] ?? "").Length > 0,
            () => $"{path} stayed empty"
        );
        return found;
    }
}
