using System.Globalization;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>How the domain's refusals are answered.</summary>
internal static class Refusals
{
    public const string StalePractice = "Another operator changed this practice meanwhile. Load it again and repeat the change.";

    public const string StaleAvailability = "This availability was changed meanwhile. Load it again and repeat the change.";

    public const string StaleProgram = "Another operator changed this program meanwhile. Load it again and repeat the change.";

    public const string StaleGroup = "Another operator changed this group meanwhile. Load it again and repeat the change.";

    /// <summary>Another plan won while this one was checked: the row lock makes that impossible, and the constraint does not rely on the lock.</summary>
    public static readonly Problem FacilitatorBusyJustNow = new(409, "facilitator-busy", "A facilitator was booked at that time just now. Please try again.");

    /// <summary>Its facilitator may be another one for one of the two sessions, and free: the members are the same.</summary>
    public static readonly Problem GroupBusy = new(409, "group-busy", "This group meets at that time already.");

    public static readonly Problem NoEndToEndEncryption = new(422, "not-available", "End-to-end encrypted video is not available yet.");

    public static readonly Problem ProgramAlone = new(403, "not-allowed", "You may write the program of this group. Its operators change the rest.");

    public static readonly Problem GroupClosed = new(409, "group-closed", "This group is closed.");

    public static readonly Problem CoverageNotKnown = new(
        409,
        "coverage-not-known",
        "It is not known here yet where the members of this group live, so it cannot be said whom a facilitator may serve. Please try again shortly.",
        RetryAfter: 1
    );

    private const int MostAwayNamed = 20;

    /// <summary>Null where no facilitator is away, or the operator accepts it.</summary>
    /// <param name="zone">In which the first day is named.</param>
    public static async Task<Problem?> FacilitatorAwayAsync(UnitOfWork work, Guid[] staff, IReadOnlyList<MeetingTime> meetings, string zone, bool? accepted)
    {
        if (accepted is true || await AvailabilityStore.InTimeOffAsync(work, staff, meetings) is not [var first, ..] away)
        {
            return null;
        }

        var (date, time) = SeriesRules.LocalStart(first.StartsAt, zone);
        var more = away.Count switch
        {
            1 => "",
            2 => " and once more",
            _ => $" and {away.Count - 1} more times",
        };
        return new Problem(
            409,
            "facilitator-away",
            $"A facilitator has time off on {date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} at {time} ({zone}){more}. "
                + "Choose another time or facilitator, or accept it and find substitutes.",
            Extra: new Dictionary<string, object?> { ["away"] = away.Take(MostAwayNamed).ToArray(), ["sessions"] = away.Count }
        );
    }

    public static Problem ToProblem(this Refusal refusal) => new(409, refusal.Code, refusal.Sentence);

    /// <param name="practice">The practice whose plan it is: the refusal names nothing of another practice's plan.</param>
    public static Problem ToProblem(this BookingConflict conflict, string practice)
    {
        if (conflict.Practice != practice)
        {
            return new Problem(
                409,
                "facilitator-busy",
                "The facilitator is busy at that time.",
                Extra: new Dictionary<string, object?>
                {
                    ["clash"] = new
                    {
                        conflict.FacilitatorId,
                        conflict.StartsAt,
                        conflict.EndsAt,
                    },
                }
            );
        }

        var (date, time) = SeriesRules.LocalStart(conflict.StartsAt, conflict.TimeZone);
        return new Problem(
            409,
            "facilitator-busy",
            $"The facilitator leads \"{conflict.GroupName}\" on {date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} at {time} ({conflict.TimeZone}).",
            Extra: new Dictionary<string, object?>
            {
                ["clash"] = new
                {
                    conflict.FacilitatorId,
                    conflict.GroupId,
                    conflict.GroupName,
                    conflict.StartsAt,
                    conflict.EndsAt,
                },
            }
        );
    }
}
