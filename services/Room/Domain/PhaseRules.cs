namespace GroupTherapy.Room.Domain;

/// <summary>What each phase allows, and when a phase is due. Pure.</summary>
public static class PhaseRules
{
    /// <summary>Members who wait are told this long after the start that no facilitator has come; so is the practice.</summary>
    public static readonly TimeSpan UnledAfter = TimeSpan.FromMinutes(5);

    /// <summary>Members are admitted only once the session was opened.</summary>
    public static bool Admits(string phase) => phase is Phases.Live or Phases.Held;

    public static bool HasBegun(string phase) => phase is Phases.Lobby or Phases.Live or Phases.Held;

    /// <summary>When the waiting room opens.</summary>
    public static DateTimeOffset LobbyAt(DateTimeOffset startsAt, TimeSpan lobbyBefore) => startsAt - lobbyBefore;

    public static bool LobbyIsDue(string phase, bool cancelled, DateTimeOffset startsAt, TimeSpan lobbyBefore, DateTimeOffset now) =>
        phase == Phases.Scheduled && !cancelled && now >= LobbyAt(startsAt, lobbyBefore);

    /// <summary>Whether the plan moved away from a lobby that is open: members do not wait for a session that is hours or days away.</summary>
    public static bool LobbyClosesAgain(string phase, DateTimeOffset startsAt, TimeSpan lobbyBefore, DateTimeOffset now) =>
        phase == Phases.Lobby && now < LobbyAt(startsAt, lobbyBefore);

    /// <summary>
    /// When a held room ends. Staff who come and are lost again within three graces go on with the deadline that was running, shortened never below those
    /// three graces:
    /// a connection that flaps keeps no participant waiting for ever.
    /// </summary>
    public static DateTimeOffset HeldUntil(DateTimeOffset now, TimeSpan heldEnd, TimeSpan grace, DateTimeOffset? lastUntil, DateTimeOffset? resumedAt)
    {
        var usual = now + heldEnd;
        if (lastUntil is not { } running || resumedAt is not { } resumed || now - resumed > 3 * grace)
        {
            return usual;
        }

        var least = now + 3 * grace;
        var until = running > least ? running : least;
        return until < usual ? until : usual;
    }

    /// <summary>A live room whose staff sent no heartbeat for the grace is held. The instant counts from the last one, so nothing restarts it but another
    /// itself.</summary>
    public static bool HoldIsDue(string phase, DateTimeOffset staffSeenAt, TimeSpan grace, DateTimeOffset now) =>
        phase == Phases.Live && now >= staffSeenAt + grace;
}
