using Dapper;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Joining;

/// <summary>What those who enter are told, read as the last thing of their transaction.</summary>
internal static class EnterAnswers
{
    private const string PeopleSql =
        "select session_id, participant_id, alias, role, hand, admission = 'in' as is_in from participants where session_id = any(@sessions) and present and (admission = 'in' or hand) order by participant_id";

    /// <param name="heads">Where every stream of their rooms ended before.</param>
    public static Task<IReadOnlyList<(int N, Entered Entered)>> ReadAndCommitAsync(UnitOfWork work, IReadOnlyList<Guest> guests, Dictionary<(Guid, string), long> heads)
    {
        foreach (var turn in guests.Select(g => g.Turn).Distinct())
        {
            foreach (var appended in turn.Appended)
            {
                heads[(turn.SessionId, appended.Stream)] = appended.Seq;
            }
        }

        var bySession = heads.GroupBy(h => h.Key.Item1).ToDictionary(s => s.Key, s => s.ToDictionary(h => h.Key.Item2, h => h.Value, StringComparer.Ordinal));
        List<(Guest Guest, Start Start)> starts = [.. guests.Select(g => (g, Start.Of(g, bySession.GetValueOrDefault(g.Turn.SessionId) ?? [])))];
        var parts = starts.SelectMany((s, n) => s.Start.Parts.Select(p => (Of: n, Session: s.Guest.Turn.SessionId, Part: p, Until: s.Start.Given[p.Stream]))).ToList();
        return work.QueryAndCommitAsync<IReadOnlyList<(int, Entered)>>(
            $"{RoomLog.PartsSql}; {PeopleSql}",
            new
            {
                of = parts.Select(p => p.Session).ToArray(),
                streams = parts.Select(p => p.Part.Stream).ToArray(),
                afters = parts.Select(p => p.Part.After).ToArray(),
                untils = parts.Select(p => p.Until).ToArray(),
                sessions = guests.Select(g => g.Turn.SessionId).Distinct().ToArray(),
            },
            async read =>
            {
                var events = read.Read<long, StoredEvent, (long N, StoredEvent Event)>((n, e) => (n, e), "stream").ToLookup(e => parts[(int)e.N - 1].Of, e => e.Event);
                var people = (await read.ReadAsync<Person>()).ToLookup(p => p.SessionId);
                return [.. starts.Select((s, n) => (s.Guest.N, s.Start.Answered(s.Guest, events[n], people[s.Guest.Turn.SessionId])))];
            });
    }

    private sealed record Person(Guid SessionId, Guid ParticipantId, string? Alias, string Role, bool Hand, bool IsIn);

    /// <summary>From where on somebody is given each stream, and how far.</summary>
    private sealed record Start(IReadOnlyList<StreamStart> Plan, IReadOnlyDictionary<string, long> Given, IReadOnlyDictionary<string, long> Heads)
    {
        public IEnumerable<StreamStart> Parts => Plan.Where(s => Given[s.Stream] > s.After);

        public static Start Of(Guest guest, IReadOnlyDictionary<string, long> heads)
        {
            // Streams have no gaps, so how much each has to give is known before it is read.
            var plan = CursorRules.Plan(guest.Me, heads, guest.Ask.Cursors);
            var (left, given) = ((long)CursorRules.EventsPerAnswer, new Dictionary<string, long>(StringComparer.Ordinal));
            foreach (var start in plan)
            {
                var part = Math.Clamp(start.Head - start.After, 0, left);
                (given[start.Stream], left) = (start.After + part, left - part);
            }

            return new Start(plan, given, heads);
        }

        public Entered Answered(Guest guest, IEnumerable<StoredEvent> events, IEnumerable<Person> people)
        {
            var (me, turn) = (guest.Me, guest.Turn);
            var answer = new EnterAnswer(
                me.ParticipantId, me.Role, me.Admission, turn.Session.Phase,
                me.IsIn ? [.. people.Where(p => p.IsIn).Select(p => new Actor(p.ParticipantId, p.Alias ?? "", p.Role))] : [me.Actor],
                [.. events.Select(e => WireEvent.From(e, turn.Key).For(me.IsStaff))], Given, [.. Plan.Where(s => s.Reset).Select(s => s.Stream)],
                me.IsIn ? RoomNow.Of(turn, [.. people.Where(p => p.Hand).Select(p => p.ParticipantId)]) : null,
                me.IsIn ? null : new EnterAnswer.Words(guest.Words));
            return new Entered(me, answer, Heads.GetValueOrDefault(Streams.Private(me.ParticipantId)), Heads.GetValueOrDefault(Streams.Room));
        }
    }
}
