namespace GroupTherapy.Room.Domain;

/// <summary>The times that a room keeps. In a deployment some are settings, in seconds under <c>Times</c>; tests may set all.</summary>
/// <param name="secondsOf">The setting of a name in seconds, or the default that is given.</param>
public sealed class RoomTimes(Func<string, double, double> secondsOf)
{
    /// <summary>With every default.</summary>
    public static RoomTimes Default { get; } = new((_, usual) => usual);

    /// <summary>The lobby opens this long before the start.</summary>
    public TimeSpan LobbyBefore { get; } = Read(secondsOf, "LobbyBefore", 900);

    /// <summary>A live room may be without a heartbeat of staff for this long.</summary>
    public TimeSpan FacilitatorGrace { get; } = Read(secondsOf, "FacilitatorGrace", 20);

    /// <summary>A held room waits this long for staff before it ends.</summary>
    public TimeSpan HeldEnd { get; } = Read(secondsOf, "HeldEnd", 600);

    /// <summary>An attested location older than this counts only under the rejoin grace.</summary>
    public TimeSpan Attestation { get; } = Read(secondsOf, "Attestation", 900);

    /// <summary>A person who was present within this need not attest their location again.</summary>
    public TimeSpan RejoinGrace { get; } = Read(secondsOf, "RejoinGrace", 600);

    /// <summary>How long a ticket may be spent.</summary>
    public TimeSpan Ticket { get; } = Read(secondsOf, "Ticket", 60);

    /// <summary>A person has left this long after the last connection is gone.</summary>
    public TimeSpan LeaveAfter { get; } = Read(secondsOf, "LeaveAfter", 15);

    /// <summary>A session that staff did not end ends this long after its planned end.</summary>
    public TimeSpan EndAfter { get; } = Read(secondsOf, "EndAfter", 900);

    /// <summary>A node that has not renewed its lease for this long is dead.</summary>
    public TimeSpan NodeLease { get; } = Read(secondsOf, "NodeLease", 15);

    /// <summary>A facilitator's silent socket is pinged after this.</summary>
    public TimeSpan PingAfter => Clamp(FacilitatorGrace / 10, 0.4, 5);

    /// <summary>A socket that has not answered for this long is cut. Together with <see cref="PingAfter"/> at most half the facilitator's grace.</summary>
    public TimeSpan PongWithin => Clamp(FacilitatorGrace / 3, 0.8, 10);

    /// <summary>As <see cref="PingAfter"/>, for members: a dead line of a member may be noticed later.</summary>
    public TimeSpan MemberPingAfter => 4 * PingAfter;

    /// <summary>As <see cref="PongWithin"/>, for members.</summary>
    public TimeSpan MemberPongWithin => 2 * PongWithin;

    private static TimeSpan Clamp(TimeSpan value, double least, double most) => TimeSpan.FromSeconds(Math.Clamp(value.TotalSeconds, least, most));

    private static TimeSpan Read(Func<string, double, double> secondsOf, string name, double usual) => TimeSpan.FromSeconds(secondsOf(name, usual));
}
