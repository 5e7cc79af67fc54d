namespace GroupTherapy.Platform.Security;

/// <summary>
/// When an issuer's keys come and go. A key is published <see cref="Lead"/> before it signs, so that every verifier has it by then,
/// and stays published until the last token it signed is dead.
/// </summary>
/// <param name="Period">How long a key signs before the next takes over.</param>
/// <param name="Lead">How long a key is published before it signs; more than verifiers keep a key set (a minute).</param>
/// <param name="KeptFor">How long a replaced key stays published: the longest life of a token, and clocks that differ.</param>
public sealed record KeySchedule(TimeSpan Period, TimeSpan Lead, TimeSpan KeptFor)
{
    /// <summary>The instant from which a key that should be made now is to sign; null when none is due.</summary>
    /// <param name="signsFrom">Of every key there is.</param>
    public DateTimeOffset? Due(IReadOnlyCollection<DateTimeOffset> signsFrom, DateTimeOffset now)
    {
        if (!signsFrom.Any(s => s <= now))
        {
            // Nothing may sign: the very first key, or every other one is lost. No token of it can be in use yet.
            return now;
        }

        var newest = signsFrom.Max();
        var next = newest + Period;
        return newest > now || now < next - Lead ? null
            : next > now + Lead ? next
            : now + Lead;
    }

    /// <summary>The keys that no living token names any more: a later one has signed in their place for long enough.</summary>
    /// <param name="usable">Of those that can sign; a key that cannot takes no other's place.</param>
    public IReadOnlyList<DateTimeOffset> Dead(IEnumerable<DateTimeOffset> signsFrom, IReadOnlyCollection<DateTimeOffset> usable, DateTimeOffset now) =>
        [.. signsFrom.Where(key => usable.Any(later => later > key && later + KeptFor <= now))];
}
