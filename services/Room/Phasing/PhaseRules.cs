namespace GroupTherapy.Room.Phasing;

/// <summary>What each phase allows, and when it is due. Pure.</summary>
public static class PhaseRules
{
    /// <summary>Members are admitted only once the session was opened.</summary>
    public static bool Admits(string phase) => phase is Phases.Live or Phases.Held;

    public static bool HasBegun(string phase) => phase is Phases.Lobby or Phases.Live or Phases.Held;

    /// <summary>When the waiting room opens.</summary>
    public static DateTimeOffset LobbyAt(DateTimeOffset startsAt, TimeSpan lobbyBefore) => startsAt - lobbyBefore;

    public static bool LobbyIsDue(string phase, bool cancelled, DateTimeOffset startsAt, TimeSpan lobbyBefore, DateTimeOffset now) =>
        phase == Phases.Scheduled && !cancelled && now >= LobbyAt(startsAt, lobbyBefore);

    /// <summary>A live room whose staff gave no sign of life for the grace is held. The instant counts from that sign, so nothing restarts it but life itself.</summary>
    public static bool HoldIsDue(string phase, DateTimeOffset staffSeenAt, TimeSpan grace, DateTimeOffset now) => phase == Phases.Live && now >= staffSeenAt + grace;
}
