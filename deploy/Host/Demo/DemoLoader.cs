using System.Globalization;
using System.Text.Json;

namespace GroupTherapy.Host.Demo;

/// <summary>
/// Loads the demonstration data through the public API, as the operator and the members themselves would. Existing data is left as it
/// is, so that a second start changes nothing.
/// </summary>
public sealed class DemoLoader(Func<HttpClient> gateway, Action<string> report, TimeProvider clock)
{
    private static readonly TimeZoneInfo NewYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    public async Task LoadAsync(CancellationToken ct)
    {
        using var http = gateway();
        var visitor = new DemoApi(http, clock);
        var @operator = await visitor.SignInAsync(DemoAccounts.Operator, ct);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(clock.GetUtcNow(), NewYork).DateTime);

        var facilitators = await FacilitatorsAsync(visitor, @operator, today, ct);
        var groups = await GroupsAsync(@operator, facilitators, today, ct);
        var members = await MembersAsync(visitor, ct);
        if (groups + members > 0)
        {
            report($"Demonstration data: {groups} groups and {members} members' profiles are new");
        }
    }

    private static async Task<IReadOnlyDictionary<string, Guid>> FacilitatorsAsync(DemoApi visitor, DemoApi @operator, DateOnly today, CancellationToken ct)
    {
        // The e-mail is left out while Identity cannot be asked.
        var known = (await @operator.ListAsync("/api/facilitators", ct))
            .Where(f => Text(f, "email").Length > 0)
            .ToDictionary(f => Text(f, "email"), f => f.GetProperty("id").GetGuid());
        var byKey = new Dictionary<string, Guid>();
        foreach (var facilitator in DemoPeople.Facilitators)
        {
            if (!known.TryGetValue(facilitator.Email, out var id))
            {
                // An operator learns the id when inviting; these accounts are here already, so each tells its own.
                var self = await visitor.SignInAsync(facilitator.Email, ct);
                id = (await self.GetAsync("/api/identity/me", ct)).GetProperty("id").GetGuid();
                await @operator.EnsureAsync(
                    "/api/facilitators",
                    new
                    {
                        accountId = id,
                        facilitator.Profession,
                        facilitator.Location,
                    },
                    ct
                );
            }

            byKey[facilitator.Key] = id;
            await CredentialsAsync(@operator, id, facilitator, today, ct);
            await AvailabilityAsync(@operator, id, ct);
        }

        return byKey;
    }

    // Weekday afternoons, so that a member finds hours to book.
    private static async Task AvailabilityAsync(DemoApi @operator, Guid id, CancellationToken ct)
    {
        var known = await @operator.GetAsync($"/api/facilitators/{id}/availability", ct);
        if (known.GetProperty("version").GetInt64() > 0)
        {
            return;
        }

        string[] days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
        await @operator.PutAsync(
            $"/api/facilitators/{id}/availability",
            new
            {
                TimeZone = "America/New_York",
                Weekly = days.Select(day => new
                {
                    DayOfWeek = day,
                    From = "13:00",
                    To = "17:00",
                }),
                Bookable = new[]
                {
                    new { ServiceClass = "intake", DurationMinutes = 45 },
                    new { ServiceClass = "psychotherapy_individual", DurationMinutes = 50 },
                },
            },
            ct
        );
    }

    private static async Task CredentialsAsync(DemoApi @operator, Guid id, DemoFacilitator facilitator, DateOnly today, CancellationToken ct)
    {
        if (facilitator.Credentials.Count == 0)
        {
            return;
        }

        var known = (await @operator.ListAsync($"/api/facilitators/{id}/credentials", ct)).Select(c => (Text(c, "kind"), Text(c, "jurisdiction"))).ToHashSet();
        foreach (var credential in facilitator.Credentials.Where(c => !known.Contains((c.Kind, c.Jurisdiction))))
        {
            await @operator.PostAsync(
                $"/api/facilitators/{id}/credentials",
                new
                {
                    credential.Kind,
                    credential.Jurisdiction,
                    credential.Type,
                    Status = "active",
                    credential.ValidFrom,
                    ValidTo = today.AddDays(credential.ValidDays).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    Encumbered = false,
                    credential.Compact,
                    credential.HomeState,
                },
                ct
            );
        }
    }

    private static async Task<int> GroupsAsync(DemoApi @operator, IReadOnlyDictionary<string, Guid> facilitators, DateOnly today, CancellationToken ct)
    {
        var known = (await @operator.ListAsync("/api/groups", ct)).Select(g => (Text(g, "practice"), Text(g, "name"))).ToHashSet();
        var missing = DemoGroup.All().Where(g => !known.Contains((g.Practice, g.Name))).ToList();
        foreach (var practice in missing.GroupBy(g => g.Practice))
        {
            var programs = (await @operator.ListAsync($"/api/practices/{practice.Key}/programs", ct))
                .GroupBy(p => Text(p, "title"))
                .ToDictionary(p => p.Key, p => p.First().GetProperty("id").GetGuid());
            foreach (var group in practice)
            {
                var program = programs.TryGetValue(group.Name, out var there)
                    ? there
                    : (await @operator.PostAsync($"/api/practices/{practice.Key}/programs", group.ProgramRequest(), ct)).GetProperty("id").GetGuid();
                await @operator.PostAsync("/api/groups", group.Request(facilitators[group.Lead], program, today), ct);
            }
        }

        return missing.Count;
    }

    private static async Task<int> MembersAsync(DemoApi visitor, CancellationToken ct)
    {
        var written = 0;
        foreach (var member in DemoPeople.Members)
        {
            var self = await visitor.SignInAsync(member.Email, ct);
            if (
                await self.FindAsync("/api/me/profile", ct) is { ValueKind: JsonValueKind.Object } profile
                && profile.TryGetProperty("legalName", out var name)
                && name.ValueKind == JsonValueKind.String
            )
            {
                continue;
            }

            await self.PutAsync(
                "/api/me/profile",
                new
                {
                    member.LegalName,
                    member.DateOfBirth,
                    member.Phone,
                    member.TimeZone,
                    Language = "en",
                    member.Residence,
                    member.EmergencyContact,
                },
                ct
            );
            written++;
        }

        return written;
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
