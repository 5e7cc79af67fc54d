using System.Globalization;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Api;

/// <summary>How the domain's refusals are answered.</summary>
internal static class Refusals
{
    public static Problem ToProblem(this Refusal refusal) => new(409, refusal.Code, refusal.Sentence);

    public static Problem ToProblem(this BookingConflict clash)
    {
        var (date, time) = SeriesRules.LocalStart(clash.StartsAt, clash.TimeZone);
        return new Problem(
            409, "facilitator-busy",
            $"The facilitator leads \"{clash.GroupName}\" on {date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} at {time} ({clash.TimeZone}).",
            Extra: new Dictionary<string, object?> { ["clash"] = new { clash.FacilitatorId, clash.GroupId, clash.GroupName, clash.StartsAt, clash.EndsAt } });
    }
}
