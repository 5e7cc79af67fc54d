using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>
/// Whether what one service accepted reaches another: a seat is taken in Enrollment and given back, and the catalogue of Scheduling must tell within a
/// few seconds.
/// </summary>
public sealed class News
{
    private const int Seats = 3;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(3);

    // A member who gave up more seats a day than this is held for an operator.
    private const int ReleasesADay = 5;

    private readonly Site _site;
    private Account _member;
    private int _released;
    private readonly Guid _group;
    private Guid? _seat;
    private bool _told = true;

    private News(Site site, Account member, Guid group) => (_site, _member, _group) = (site, member, group);

    /// <summary>The awaited fact, and the fact that was shown instead.</summary>
    public string Missing { get; private set; } = "nothing was asked yet";

    public static async Task<News> OfAsync(Site site, Account operators)
    {
        var facilitator = await Account.NewFacilitatorAsync(site, operators);
        return new News(site, await Account.NewMemberAsync(site), await SeatCrowd.OpenGroupAsync(operators, facilitator, "Recorded news", Seats, inDays: 2));
    }

    /// <summary>Does the next thing, unless the last one has not arrived yet, and waits for it to arrive.</summary>
    public async Task<bool> ArriveAsync()
    {
        var mine = await _member.AskAsync(HttpMethod.Get, "/api/me/enrollments");
        if (!mine.IsDone)
        {
            Missing = $"Enrollment answered {mine.Code}";
            return false;
        }

        // What lapsed while its news was held up, or was done by a request whose answer was lost, will never be shown as it is awaited: then something else is
        // done.
        var seat = (Guid?)mine.Body!["items"]!.AsArray().FirstOrDefault(e => (string)e!["status"]! is "reserved")?["id"];
        if ((_told || seat != _seat) && !await ActAsync(seat))
        {
            return false;
        }

        var expected = _seat is null ? Seats : Seats - 1;
        try
        {
            await Eventually.Async(
                async () =>
                {
                    var shown = await _member.AskAsync(HttpMethod.Get, $"/api/groups/{_group}");
                    Missing = $"Scheduling shows {(shown.IsDone ? $"{shown.Body!["seatsLeft"]} seats left" : shown.Code)} and not {expected}";
                    return _told = shown.IsDone && (int)shown.Body!["seatsLeft"]! == expected;
                },
                () => Missing,
                Within
            );
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task<bool> ActAsync(Guid? seat)
    {
        if (seat is null && _released == ReleasesADay)
        {
            (_member, _released) = (await Account.NewMemberAsync(_site), 0);
        }

        _seat = seat;
        var answer = seat is null
            ? await _member.AskAsync(HttpMethod.Post, "/api/enrollments", new { groupId = _group })
            : await _member.AskAsync(HttpMethod.Post, $"/api/enrollments/{seat}/cancel", new JsonObject());
        Missing = $"Enrollment answered {answer.Code}";
        if (!answer.IsDone)
        {
            return false;
        }

        _released += seat is null ? 0 : 1;
        (_seat, _told) = (seat is null ? (Guid)answer.Body!["id"]! : null, false);
        return true;
    }
}
