namespace GroupTherapy.Scheduling.Domain;

/// <summary>Times that a deployment sets.</summary>
/// <param name="LobbyBefore">How long before its start a session's lobby opens; 15 minutes.</param>
public sealed record PlanTimes(TimeSpan LobbyBefore);
