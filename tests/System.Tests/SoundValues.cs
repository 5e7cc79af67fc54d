using System.Text.Json.Nodes;

namespace GroupTherapy.SystemTests;

/// <summary>Values by the names of fields that make a request right where nothing else is wrong with it.</summary>
internal static class SoundValues
{
    public static Dictionary<string, JsonNode?> Of(string practice, Evening evening, Person facilitator, Person member) =>
        new()
        {
            ["groupId"] = $"{evening.Group}",
            ["facilitatorId"] = $"{facilitator.Id}",
            ["accountId"] = $"{facilitator.Id}",
            ["coFacilitatorIds"] = new JsonArray(),
            ["practice"] = practice,
            ["topic"] = "anxiety",
            ["serviceClass"] = "psychotherapy_group",
            ["capacity"] = 8,
            ["minimumAge"] = 18,
            ["startsOn"] = TimeProvider.System.GetUtcNow().AddDays(30).ToString("yyyy-MM-dd", null),
            ["startsAt"] = TimeProvider.System.GetUtcNow().AddDays(30).ToString("yyyy-MM-ddTHH:mm:ssZ", null),
            ["localTime"] = "19:00",
            ["timeZone"] = "America/New_York",
            ["durationMinutes"] = 60,
            ["weeks"] = 2,
            ["camera"] = "optional",
            ["modality"] = "video",
            ["email"] = $"{Guid.CreateVersion7():N}@demo.test",
            ["password"] = "Correct-Horse-9-Battery-Staple",
            ["roles"] = new JsonArray("facilitator"),
            ["dateOfBirth"] = "1990-01-01",
            ["phone"] = "+1 212 555 0100",
            ["state"] = "NY",
            ["country"] = "US",
            ["postalCode"] = "10001",
            ["since"] = "2020-01-01",
            ["language"] = "en",
            ["profession"] = "counselor",
            ["location"] = "US-NY",
            ["jurisdiction"] = "US-NY",
            ["kind"] = "licence",
            ["type"] = "LMHC",
            ["status"] = "active",
            ["validFrom"] = "2020-01-01",
            ["validTo"] = "2030-01-01",
            ["from"] = "2020-01-01",
            ["weekly"] = new JsonArray(
                new JsonObject
                {
                    ["dayOfWeek"] = "monday",
                    ["from"] = "09:00",
                    ["to"] = "12:00",
                }
            ),
            ["timeOff"] = new JsonArray(new JsonObject { ["from"] = "2027-02-01T00:00:00Z", ["to"] = "2027-02-08T00:00:00Z" }),
            ["bookable"] = new JsonArray(new JsonObject { ["serviceClass"] = "intake", ["durationMinutes"] = 60 }),
            ["point"] = "enrol",
            ["role"] = "lead",
            ["memberId"] = $"{member.Id}",
            ["sessionId"] = $"{evening.Session}",
            ["ruleSet"] = 1,
            ["compact"] = null,
            ["homeState"] = null,
            ["daysUsed"] = null,
            ["postalState"] = null,
            ["networkHint"] = null,
            ["override"] = null,
            ["doneOn"] = "2026-01-01",
            ["effectiveFrom"] = "2027-01-01T00:00:00Z",
            ["until"] = "2027-01-01T00:00:00Z",
            ["at"] = "2026-11-25T00:00:00Z",
        };
}
