namespace GroupTherapy.Room.Domain;

/// <summary>How a picture is received, from the least.</summary>
public enum PictureSize
{
    /// <summary>Not at all, until the person's line is better.</summary>
    Paused,

    Small,

    Full,
}

/// <summary>How well one person's line carries pictures.</summary>
/// <param name="Most">The largest that they get now.</param>
/// <param name="ChangedAt">When that was decided.</param>
/// <param name="LostAt">When packets to them were lost last; null for never.</param>
/// <param name="Losses">Seconds with losses, one after the other.</param>
/// <param name="Pauses">How often pictures were paused without a good while in between.</param>
public sealed record PictureState(PictureSize Most, DateTimeOffset ChangedAt, DateTimeOffset? LostAt, int Losses, int Pauses)
{
    public static readonly PictureState Begun = new(PictureSize.Full, DateTimeOffset.MinValue, null, 0, 0);

    /// <summary>Time alone changes nothing.</summary>
    public bool IsSettled => this is { Most: PictureSize.Full, Pauses: 0 };
}

/// <summary>Pictures give way before sound does: a line that loses packets gets small pictures, then none, and gets them back when it has been quiet.</summary>
public static class PictureRules
{
    private const int LossesThatCount = 2;
    private const int MostDoublings = 3;
    private static readonly TimeSpan OneLoss = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan InARow = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuietForFull = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan QuietForGood = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Together = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Whether lost packets tell of the person's own line: those of several senders are lost at about the same time. Those of one sender alone were lost
    /// on the way from that sender, and pausing other pictures would not help.
    /// </summary>
    /// <param name="lost">When packets of each sender were lost last.</param>
    /// <param name="senders">How many are received.</param>
    public static bool IsOwnLine(IReadOnlyDictionary<Guid, DateTimeOffset> lost, int senders, DateTimeOffset now) =>
        senders < 2 || lost.Values.Count(at => now - at < Together) > 1;

    public static PictureSize Smaller(PictureSize one, PictureSize other) => one < other ? one : other;

    /// <summary>Packets to the person were lost just now.</summary>
    public static PictureState Lost(PictureState state, DateTimeOffset now)
    {
        if (now - state.ChangedAt < Settling)
        {
            // Still about the pictures sent before.
            return state with { LostAt = now };
        }

        var losses =
            state.LostAt is not { } last || now - last > InARow ? 1
            : now - last < OneLoss ? state.Losses
            : state.Losses + 1;
        if (losses < LossesThatCount || state.Most == PictureSize.Paused)
        {
            return state with { LostAt = now, Losses = losses };
        }

        var most = state.Most - 1;
        return new PictureState(most, now, now, 0, state.Pauses + (most == PictureSize.Paused ? 1 : 0));
    }

    /// <summary>Time has passed.</summary>
    public static PictureState Later(PictureState state, DateTimeOffset now)
    {
        var quiet = now - (state.LostAt is { } lost && lost > state.ChangedAt ? lost : state.ChangedAt);
        return state.Most switch
        {
            PictureSize.Paused when quiet >= FirstPause * (1 << Math.Min(state.Pauses - 1, MostDoublings)) => state with
            {
                Most = PictureSize.Small,
                ChangedAt = now,
                Losses = 0,
            },
            PictureSize.Small when quiet >= QuietForFull => state with { Most = PictureSize.Full, ChangedAt = now, Losses = 0 },
            PictureSize.Full when quiet >= QuietForGood && state.Pauses > 0 => state with { Pauses = 0 },
            _ => state,
        };
    }
}
