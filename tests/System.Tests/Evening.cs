using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>A group whose weekly session is about to begin, led by a facilitator of its own.</summary>
public sealed record Evening(Guid Group, Guid Session)
{
    private static int _made;

    /// <summary>Opens a group that meets today from now on. Each evening has a new facilitator, who would otherwise be busy.</summary>
    public static async Task<Evening> TonightAsync(
        Person operators,
        Guid facilitator,
        int capacity = 10,
        string serviceClass = "psychotherapy_group",
        string practice = "grouport",
        object? policies = null
    )
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var local = TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow().AddMinutes(1), zone);
        JsonNode group = null!;
        var (key, body) = (
            Guid.CreateVersion7().ToString(),
            new
            {
                practice,
                name = $"An evening {Interlocked.Increment(ref _made)}",
                topic = "anxiety",
                serviceClass,
                capacity,
                minimumAge = 18,
                facilitatorId = facilitator,
                coFacilitatorIds = Array.Empty<Guid>(),
                schedule = new
                {
                    startsOn = local.ToString("yyyy-MM-dd"),
                    localTime = local.ToString("HH:mm"),
                    timeZone = "America/New_York",
                    durationMinutes = 60,
                    weeks = (int?)1,
                },
                program = new[]
                {
                    new
                    {
                        week = 1,
                        title = "Beginning",
                        guidance = "We say hello.",
                        skills = new[] { "breathing" },
                        homework = "Notice one breath a day.",
                    },
                },
                policies = policies ?? new { },
            }
        );
        await Eventually.Async(
            async () =>
            {
                using var response = await operators.RawAsync(HttpMethod.Post, "/api/groups", body, key);
                group = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
                return response.StatusCode == HttpStatusCode.Created
                    || (group["errors"]?["facilitatorId"] is null ? throw new InvalidOperationException(group.ToJsonString()) : false);
            },
            () => "Scheduling did not learn of the facilitator",
            TimeSpan.FromSeconds(30)
        );
        var id = (Guid)group["id"]!;
        Guid session = default;
        await Eventually.Async(
            async () =>
            {
                var sessions = await operators.GetAsync($"/api/groups/{id}/sessions");
                return sessions["items"]!.AsArray().Count > 0 && (session = (Guid)sessions["items"]![0]!["id"]!) != default;
            },
            () => "the session was not materialised"
        );
        return new Evening(id, session);
    }
}
