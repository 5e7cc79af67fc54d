using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Room;

/// <summary>The times that a room keeps. Settings are seconds under <c>Times</c>; what has no setting in a deployment has one for tests.</summary>
public sealed class RoomTimes(IConfiguration configuration)
{
    /// <summary>The lobby opens this long before the start.</summary>
    public TimeSpan LobbyBefore { get; } = Seconds(configuration, "LobbyBefore", 900);

    /// <summary>A live room may be without a sign of life from staff for this long.</summary>
    public TimeSpan FacilitatorGrace { get; } = Seconds(configuration, "FacilitatorGrace", 20);

    /// <summary>A held room waits this long for staff before it ends.</summary>
    public TimeSpan HeldEnd { get; } = Seconds(configuration, "HeldEnd", 600);

    /// <summary>An attested place older than this counts only under the rejoin grace.</summary>
    public TimeSpan Attestation { get; } = Seconds(configuration, "Attestation", 900);

    /// <summary>Who was present within this need not say again where they are.</summary>
    public TimeSpan RejoinGrace { get; } = Seconds(configuration, "RejoinGrace", 600);

    /// <summary>How long a ticket may be spent.</summary>
    public TimeSpan Ticket { get; } = Seconds(configuration, "Ticket", 60);

    /// <summary>A person has left this long after the last connection is gone.</summary>
    public TimeSpan LeaveAfter { get; } = Seconds(configuration, "LeaveAfter", 15);

    /// <summary>A session that nobody ended ends this long after its planned end.</summary>
    public TimeSpan EndAfter { get; } = Seconds(configuration, "EndAfter", 900);

    /// <summary>A node that has not renewed its lease for this long is dead.</summary>
    public TimeSpan NodeLease { get; } = Seconds(configuration, "NodeLease", 15);

    /// <summary>A facilitator's silent socket is asked for a sign of life after this: so much older than now may the last one of a living client be.</summary>
    public TimeSpan PingAfter => Clamp(FacilitatorGrace / 10, 0.4, 5);

    /// <summary>A socket that has not answered for this long is cut. Together with <see cref="PingAfter"/> at most half the facilitator's grace.</summary>
    public TimeSpan PongWithin => Clamp(FacilitatorGrace / 3, 0.8, 10);

    /// <summary>As <see cref="PingAfter"/>, for members: nobody's safety hangs on how soon their line is known to be dead.</summary>
    public TimeSpan MemberPingAfter => 4 * PingAfter;

    /// <summary>As <see cref="PongWithin"/>, for members.</summary>
    public TimeSpan MemberPongWithin => 2 * PongWithin;

    private static TimeSpan Clamp(TimeSpan value, double least, double most) => TimeSpan.FromSeconds(Math.Clamp(value.TotalSeconds, least, most));

    private static TimeSpan Seconds(IConfiguration configuration, string name, double usual) => TimeSpan.FromSeconds(configuration.GetValue($"Times:{name}", usual));
}
