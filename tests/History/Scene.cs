using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace GroupTherapy.History;

/// <summary>One session in a history: what its people know of each other by name, and the phases they saw it in.</summary>
public sealed class Scene(HistoryFile history, Guid session)
{
    public const string Room = "room";
    public const string Staff = "staff";
    public const string Everyone = "everyone";
    public const string Facilitators = "facilitators";

    private readonly ConcurrentDictionary<Guid, string> _names = new();
    private readonly ConcurrentDictionary<Guid, bool> _staff = new();
    private readonly ConcurrentDictionary<string, double> _letInAgain = new();
    private readonly Lock _gate = new();
    private long _phaseSeen;

    public HistoryFile History => history;

    public Guid Session => session;

    /// <summary>The last phase that anybody was told of: <c>lobby</c>, <c>live</c>, <c>safe</c> or <c>ended</c>.</summary>
    public string Phase { get; private set; } = "lobby";

    /// <summary>Messages whose text came out otherwise than it was said, and the like: what the judge has no word for.</summary>
    public ConcurrentQueue<string> Oddities { get; } = new();

    /// <summary>A stream as a history names it.</summary>
    public string Name(string stream) => $"{session}/{stream}";

    public static string PrivateOf(Guid participant) => $"private:{participant}";

    public void Knows(Guid participant, string name, bool isStaff)
    {
        _names[participant] = name;
        if (isStaff)
        {
            _staff[participant] = true;
        }
    }

    public string NameOf(Guid participant) => _names.TryGetValue(participant, out var name) ? name : $"unknown {participant}";

    public Guid IdOf(string name) => _names.First(n => n.Value == name).Key;

    public bool HasEntered(string name) => _names.Values.Contains(name);

    /// <summary>Every stream there may be a word in.</summary>
    public IEnumerable<string> Streams => [Room, Staff, .. _names.Keys.Where(p => !_staff.ContainsKey(p)).Select(PrivateOf)];

    /// <summary>Acknowledged: from here on this person must hear nothing of these streams.</summary>
    public void Removed(string name, string reference, params string[] streams)
    {
        foreach (var stream in streams)
        {
            history.Add(
                "remove_ok",
                new
                {
                    room = Name(stream),
                    user = name,
                    @ref = reference,
                }
            );
        }
    }

    /// <summary>About to be asked for: from here on this person may hear the room again.</summary>
    public void LetsInAgain(string name)
    {
        var now = _letInAgain[name] = Math.Ceiling(history.Now);
        history.Add(now, "readmit", new { room = Name(Room), user = name });
    }

    /// <summary>When somebody was let in again, or minus infinity.</summary>
    public double LetInAgainAt(string name) => _letInAgain.GetValueOrDefault(name, double.MinValue);

    /// <summary>The accounts that may read a stream; null where every participant may.</summary>
    public string[]? AudienceOf(string stream)
    {
        string[] staff = [.. _names.Where(n => _staff.ContainsKey(n.Key)).Select(n => n.Value).Order(StringComparer.Ordinal)];
        return stream == Room ? null
            : stream == Staff ? staff
            : [NameOf(Guid.Parse(stream["private:".Length..])), .. staff];
    }

    /// <summary>An event of the stream <c>room</c>, as the first of all who see it tells.</summary>
    public void Saw(long seq, string kind)
    {
        var phase = kind switch
        {
            "room.opened" or "room.resumed" => "live",
            "room.held" => "safe",
            "room.ended" => "ended",
            _ => null,
        };
        lock (_gate)
        {
            if (phase is not null && seq > _phaseSeen)
            {
                (_phaseSeen, Phase) = (seq, phase);
                history.Add("room_state", new { room = Name(Room), state = phase });
            }
        }
    }

    /// <summary>The log of a stream as the store gives it to a facilitator, for <c>final</c>.</summary>
    public object Final(string stream, IEnumerable<JsonNode> events) =>
        new
        {
            room = Name(stream),
            log = events
                .Where(e => (string)e["kind"]! == "message.posted")
                .Select(e => new Line((long)e["seq"]!, (string)e["data"]!["id"]!, NameOf((Guid)e["by"]!["participantId"]!), AudienceOf(stream))),
        };

    private sealed record Line(
        [property: System.Text.Json.Serialization.JsonPropertyName("seq")] long Seq,
        [property: System.Text.Json.Serialization.JsonPropertyName("cid")] string Cid,
        [property: System.Text.Json.Serialization.JsonPropertyName("from")] string From,
        [property: System.Text.Json.Serialization.JsonPropertyName("to")] string[]? To
    );
}
