namespace GroupTherapy.Room.Domain;

/// <summary>From where on a participant is given a stream.</summary>
/// <param name="After">The last event they are taken to have seen.</param>
/// <param name="Reset">Their cursor lay beyond the log's end.</param>
public sealed record StreamStart(string Stream, long After, long Head, bool Reset);

/// <summary>Which streams a participant may read, and from where. Pure.</summary>
public static class CursorRules
{
    /// <summary>Events that one answer carries at most; the rest follows.</summary>
    public const int EventsPerAnswer = 1000;

    /// <param name="me">Staff read every stream from 1; members in the room read it from their admission on; a waiting participant reads only their own private
    /// stream.</param>
    /// <param name="heads">Where each stream ends.</param>
    /// <param name="cursors">The positions that the client says it has seen. Streams that are not theirs are as if not named.</param>
    public static IReadOnlyList<StreamStart> Plan(Participant me, IReadOnlyDictionary<string, long> heads, IReadOnlyDictionary<string, long>? cursors)
    {
        var own = Streams.Private(me.ParticipantId);
        if (me.IsStaff)
        {
            string[] all =
            [
                own,
                .. heads.Keys.Where(s => s != own && Streams.OwnerOf(s) is not null).Order(StringComparer.Ordinal),
                Streams.Room,
                Streams.Staff,
            ];
            return [.. all.Select(s => Start(s, 0, 0, heads, cursors))];
        }

        return me.IsIn
            ? [Start(own, me.PrivateSeq, 0, heads, cursors), Start(Streams.Room, me.AdmittedSeq, me.AdmittedSeq, heads, cursors)]
            : [Start(own, 0, 0, heads, cursors)];
    }

    private static StreamStart Start(string stream, long usual, long least, IReadOnlyDictionary<string, long> heads, IReadOnlyDictionary<string, long>? cursors)
    {
        var head = heads.GetValueOrDefault(stream);
        return cursors is null || !cursors.TryGetValue(stream, out var seen) ? new StreamStart(stream, usual, head, false)
            : seen > head ? new StreamStart(stream, usual, head, true)
            : new StreamStart(stream, Math.Max(seen, least), head, false);
    }

    /// <summary>Up to where each stream is given with the answer of <c>Enter</c>. Streams have no gaps, so how much each has is known before it is
    /// read.</summary>
    public static IReadOnlyDictionary<string, long> Given(IReadOnlyList<StreamStart> plan)
    {
        var (left, given) = ((long)EventsPerAnswer, new Dictionary<string, long>(StringComparer.Ordinal));
        foreach (var start in plan)
        {
            var part = Math.Clamp(start.Head - start.After, 0, left);
            (given[start.Stream], left) = (start.After + part, left - part);
        }

        return given;
    }
}
