using System.Net;
using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>What the service is told from outside: where people live, and what Scheduling reports of groups.</summary>
internal sealed partial class SeatMachine
{
    private readonly Law?[] _homes = new Law?[Script.People];

    /// <returns>False when they live there already: a profile that is sent as it was changes nothing.</returns>
    private async Task<bool> MoveAsync(int p, Law to)
    {
        var answer = await _world.SendAsync(
            _people[p],
            "member",
            HttpMethod.Put,
            "/api/me/profile",
            EnrollmentWorld.Profile(
                to switch
                {
                    Law.Yes => "FL",
                    Law.No => "TX",
                    _ => "AE",
                }
            )
        );
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var before = _homes[p];
        _homes[p] = to;
        return before != to;
    }

    private GroupSnapshot Group(int g, int seats, long version, bool closed = false) =>
        _world.Group(_groups[g], seats, version, closed, intakeFirst: g == IntakeFirst);

    private async Task TellAsync(object message)
    {
        var id = Guid.CreateVersion7();
        _news.Add((message, id));
        await _world.DeliverAsync(message, id);
    }
}
