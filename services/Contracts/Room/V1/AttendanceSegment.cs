namespace GroupTherapy.Contracts.Room.V1;

/// <summary>From coming in to leaving; null while still there.</summary>
public sealed record AttendanceSegment(DateTimeOffset JoinedAt, DateTimeOffset? LeftAt);
