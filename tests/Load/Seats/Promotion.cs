using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Load.Seats;

/// <summary>How long after a seat comes free the next in line sees the offer among their own enrolments.</summary>
internal sealed class Promotion(OurSeats seats)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The holder gives the seat back: counted from the instant in which that is asked.</summary>
    public Task<Histogram> WhenGivenBackAsync(int groups) =>
        MeasureAsync(
            groups,
            async (holder, stay) =>
            {
                var asked = Stopwatch.GetTimestamp();
                using var gone = await holder.PostAsJsonAsync($"/api/enrollments/{stay["id"]}/cancel", new { });
                gone.EnsureSuccessStatusCode();
                return asked;
            }
        );

    /// <summary>The holder does nothing: counted from the reservation's own deadline.</summary>
    public Task<Histogram> WhenExpiredAsync(int groups) =>
        MeasureAsync(
            groups,
            async (_, stay) =>
            {
                var left = (DateTimeOffset)stay["seatHeldUntil"]! - TimeProvider.System.GetUtcNow();
                var deadline = Stopwatch.GetTimestamp() + (long)(left.TotalSeconds * Stopwatch.Frequency);
                await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                return deadline;
            }
        );

    private async Task<Histogram> MeasureAsync(int groups, Func<HttpClient, JsonNode, Task<long>> free)
    {
        var (ids, members, delays, gate) = (await seats.OpenAsync(groups, 1), await seats.MembersAsync(2 * groups), new Histogram(), new Lock());
        var waits = new List<Task>();
        for (var n = 0; n < groups; n++)
        {
            var (group, holder, next) = (ids[n], seats.As(members[2 * n]), seats.As(members[2 * n + 1]));
            var stay = await EnrolAsync(holder, group, "reserved");
            await EnrolAsync(next, group, "waitlisted");
            waits.Add(
                Task.Run(async () =>
                {
                    var from = await free(holder, stay);
                    while ((string?)(await next.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["status"] != "offered")
                    {
                        if (Stopwatch.GetElapsedTime(from) > Patience)
                        {
                            throw new TimeoutException("A seat that came free was not offered on.");
                        }

                        await Task.Delay(5);
                    }

                    lock (gate)
                    {
                        delays.Add((long)Stopwatch.GetElapsedTime(from).TotalMicroseconds);
                    }
                })
            );

            // One after the other, so that it is not the polling that is measured.
            await Task.Delay(60);
        }

        await Task.WhenAll(waits);
        return delays;
    }

    private static async Task<JsonNode> EnrolAsync(HttpClient http, Guid group, string status)
    {
        using var response = await http.PostAsJsonAsync("/api/enrollments", new { groupId = group });
        var stay = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return (string?)stay["status"] == status ? stay : throw new InvalidOperationException($"Expected {status}: {stay.ToJsonString()}");
    }
}
