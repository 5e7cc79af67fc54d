namespace GroupTherapy.Scheduling.Domain;

/// <summary>A member who said that they will not come to a session. No reason is asked for, and none is stored.</summary>
public sealed record Absence(Guid MemberId, DateTimeOffset ToldAt);
