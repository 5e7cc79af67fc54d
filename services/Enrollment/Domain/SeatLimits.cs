namespace GroupTherapy.Enrollment.Domain;

/// <summary>The waits and limits that a deployment, a demonstration or a test sets otherwise.</summary>
/// <param name="SeatHold">How long a seat waits for the consents; 15 minutes.</param>
/// <param name="Offer">How long a waitlist offer stands; 12 hours.</param>
/// <param name="LobbyBefore">How long before the start a room's lobby opens; 15 minutes.</param>
/// <param name="ReleasesADay">Seats of one group that a member may give up within a day before an operator decides; 5.</param>
public sealed record SeatLimits(TimeSpan SeatHold, TimeSpan Offer, TimeSpan LobbyBefore, int ReleasesADay = 5);
