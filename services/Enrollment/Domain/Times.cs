namespace GroupTherapy.Enrollment.Domain;

/// <summary>The times that a demonstration or a test shortens.</summary>
/// <param name="SeatHold">How long a seat waits for the consents; 15 minutes.</param>
/// <param name="Offer">How long a waitlist offer stands; 12 hours.</param>
/// <param name="LobbyBefore">How long before the start a room's lobby opens; 15 minutes.</param>
public sealed record Times(TimeSpan SeatHold, TimeSpan Offer, TimeSpan LobbyBefore);
