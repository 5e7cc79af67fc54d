using System.Text.Json.Nodes;

namespace GroupTherapy.History;

/// <summary>Whether what one service accepted reaches another: a seat is taken in Enrollment and given back, and the catalogue of Scheduling must tell within a few seconds.</summary>
public sealed class News
{
    private const int Seats = 3;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(3);

    private readonly Account _member;
    private readonly Guid _group;
    private Guid? _seat;
    private bool _told = true;

    private News(Account member, Guid group) => (_member, _group) = (member, group);

    public static async Task<News> OfAsync(Site site, Account operators)
    {
        var facilitator = await Account.NewFacilitatorAsync(site, operators);
        return new News(await Account.NewMemberAsync(site), await SeatCrowd.OpenGroupAsync(operators, facilitator, "Recorded news", Seats, inDays: 2));
    }

    /// <summary>Does the next thing, unless the last one has not arrived yet, and waits for it to arrive.</summary>
    public async Task<bool> ArriveAsync()
    {
        if (_told && !await ActAsync())
        {
            return false;
        }

        var began = TimeProvider.System.GetTimestamp();
        do
        {
            var shown = await _member.AskAsync(HttpMethod.Get, $"/api/groups/{_group}");
            _told = shown.IsDone && (int)shown.Body!["seatsLeft"]! == (_seat is null ? Seats : Seats - 1);
            await Task.Delay(50);
        }
        while (!_told && TimeProvider.System.GetElapsedTime(began) < Within);
        return _told;
    }

    private async Task<bool> ActAsync()
    {
        // What lapsed, or was done by a request whose answer was lost, is looked up first.
        var mine = await _member.AskAsync(HttpMethod.Get, "/api/me/enrollments");
        if (!mine.IsDone)
        {
            return false;
        }

        _seat = (Guid?)mine.Body!["items"]!.AsArray().FirstOrDefault(e => (string)e!["status"]! is "reserved")?["id"];
        if (_seat is { } seat)
        {
            _seat = (await _member.AskAsync(HttpMethod.Post, $"/api/enrollments/{seat}/cancel", new JsonObject())).IsDone ? null : seat;
            return _seat is null;
        }

        var reserved = await _member.AskAsync(HttpMethod.Post, "/api/enrollments", new { groupId = _group });
        _seat = reserved.IsDone ? (Guid)reserved.Body!["id"]! : null;
        return reserved.IsDone;
    }
}
