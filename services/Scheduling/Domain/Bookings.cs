using System.ComponentModel.DataAnnotations;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>An individual session that a member books.</summary>
public sealed record BookRequest
{
    [Required]
    public Guid? FacilitatorId { get; init; }

    /// <summary>Needed only where the facilitator works for several.</summary>
    public string? Practice { get; init; }

    /// <summary><c>intake</c> or <c>psychotherapy_individual</c>.</summary>
    [Required]
    public string? ServiceClass { get; init; }

    /// <summary>One of the facilitator's free hours.</summary>
    [Required]
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>1 (default) for a single session; up to 52 for the same hour each week, of individual therapy alone.</summary>
    public int? Weeks { get; init; }
}

/// <summary>The rules of bookings by members. Pure.</summary>
public static class BookingRules
{
    /// <summary>A booking that is not confirmed by then, with its consents, is let go.</summary>
    public static readonly TimeSpan HeldFor = TimeSpan.FromMinutes(30);

    /// <summary>Bookings of one member that are not confirmed yet.</summary>
    public const int MostOpen = 3;

    private const int MostWeeks = 52;

    /// <summary>From when until when a session may start that is booked now.</summary>
    public static (DateTimeOffset From, DateTimeOffset Until) Window(Availability availability, DateTimeOffset now) =>
        (now.AddHours(availability.NoticeHours), now.AddDays(availability.HorizonDays));

    public static FieldErrors Check(BookRequest r) =>
        new FieldErrors()
            .Check(r.FacilitatorId is not null && r.FacilitatorId != Guid.Empty, "facilitatorId", "This is needed.")
            .Check(r.ServiceClass is "intake" or "psychotherapy_individual", "serviceClass", "One of intake, psychotherapy_individual.")
            .Check(r.StartsAt is not null, "startsAt", "This is needed.")
            .Check(r.Weeks is null or (>= 1 and <= MostWeeks), "weeks", $"1 to {MostWeeks}.")
            .Check(r.Weeks is null or 1 || r.ServiceClass == "psychotherapy_individual", "weeks", "An intake is a single session.");
}
