using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace GroupTherapy.History;

/// <summary>A message as one person is shown it.</summary>
public sealed record Shown(string Stream, string Cid, long Seq, string From);

/// <summary>What one client has seen of a session, and the record of it.</summary>
internal sealed class Sight(Scene scene, string name)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _cursors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _shown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _seen = new();
    private string? _decision;
    private string? _role;
    private bool _present;
    private double _asked;

    /// <summary>A gap: the client lets the line go and asks for what it missed.</summary>
    public event Action? Doubted;

    public Guid ParticipantId { get; private set; }

    public bool IsIn { get; private set; }

    public int Gaps { get; private set; }

    public Func<Shown, IEnumerable<Shown>>? Distorts { get; set; }

    public Dictionary<string, long> Cursors
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, long>(_cursors);
            }
        }
    }

    private bool IsStaff => _role is not (null or "member");

    private string Own => Scene.PrivateOf(ParticipantId);

    private HistoryFile History => scene.History;

    public static string TextOf(string cid) => $"words of {cid}\n👋";

    public bool HasSeen(string cid) => _seen.ContainsKey(cid);

    public long CursorOf(string stream)
    {
        lock (_gate)
        {
            return _cursors.GetValueOrDefault(stream);
        }
    }

    /// <summary>A ticket was given on this decision; null for staff.</summary>
    public void Decided(JsonNode? decision, double asked)
    {
        if (decision is null)
        {
            return;
        }

        _decision = (string)decision["id"]!;
        History.Add(
            asked,
            "decision",
            new
            {
                id = _decision,
                user = name,
                session = scene.Session,
                permit = ((string)decision["outcome"]!).StartsWith("allow", StringComparison.Ordinal),
                rule = $"{decision["ruleSet"]!["version"]}",
                expires = (DateTimeOffset?)decision["nextRecheckAt"] is { } until ? History.At(until) : (double?)null,
            }
        );
    }

    /// <summary>The answer of <c>Enter</c>: which streams this person sees from where, and what they missed.</summary>
    public void Entered(JsonNode answer, double asked)
    {
        lock (_gate)
        {
            (ParticipantId, _role, _asked) = ((Guid)answer["participantId"]!, (string)answer["role"]!, asked);
            scene.Knows(ParticipantId, name, IsStaff);
            if (IsStaff)
            {
                _present = true;
                History.Add(
                    "fac",
                    new
                    {
                        room = scene.Name(Scene.Room),
                        user = name,
                        client = name,
                        state = "present",
                    }
                );
            }

            IsIn = (string)answer["state"]! == "in";
            foreach (var stream in _cursors.Keys.Where(s => s != Scene.Room || IsIn).ToList())
            {
                Begin(stream, _shown[stream], resume: true);
            }

            foreach (var e in answer["events"]!.AsArray())
            {
                Take(e!);
            }

            foreach (var (stream, seq) in answer["cursors"]!.AsObject())
            {
                Reach(stream, (long)seq!);
            }
        }
    }

    /// <summary>A frame of events.</summary>
    public void Take(JsonArray events)
    {
        lock (_gate)
        {
            foreach (var e in events)
            {
                Take(e!);
            }
        }
    }

    /// <summary>The line is gone.</summary>
    public void Gone()
    {
        lock (_gate)
        {
            if (_present)
            {
                _present = false;
                History.Add(
                    "fac",
                    new
                    {
                        room = scene.Name(Scene.Room),
                        user = name,
                        client = name,
                        state = "absent",
                    }
                );
            }
        }
    }

    public void Drain()
    {
        lock (_gate)
        {
            // Staff see every private stream, also one that nothing was said in while they looked.
            foreach (var stream in IsStaff ? scene.Streams.Where(s => !_cursors.ContainsKey(s)).ToList() : [])
            {
                Begin(stream, 0, resume: false);
            }

            foreach (var stream in _cursors.Keys.Where(s => s != Scene.Room || IsIn))
            {
                History.Add("drain", new { room = scene.Name(stream), client = name });
            }
        }
    }

    private void Take(JsonNode e)
    {
        var (stream, seq, kind) = ((string)e["stream"]!, (long)e["seq"]!, (string)e["kind"]!);
        if (!_cursors.TryGetValue(stream, out var seen) && (IsStaff || stream == Own))
        {
            Begin(stream, 0, resume: false);
        }

        if (_cursors.ContainsKey(stream) && seq != seen + 1)
        {
            if (seq > seen)
            {
                Gaps++;
                scene.Oddities.Enqueue($"{name}: {stream} went on with {seq} after {seen}");
                Doubted?.Invoke();
            }
            else if (kind == "message.posted")
            {
                Record(new Shown(stream, (string)e["data"]!["id"]!, seq, FromOf(e)), again: true);
            }

            return;
        }

        _cursors[stream] = seq;
        switch (kind)
        {
            case "message.posted":
                Show(e, stream, seq);
                break;
            case "participant.admitted" when stream == Own:
                IsIn = true;
                var from = (long)e["data"]!["cursors"]![Scene.Room]!;
                if (!_cursors.TryGetValue(Scene.Room, out var known) || known < from)
                {
                    Begin(Scene.Room, from, resume: false);
                }

                break;
            case "participant.waiting" when stream == Own:
                IsIn = false;
                break;
            case var _ when stream == Scene.Room:
                scene.Saw(seq, kind);
                break;
        }
    }

    private void Show(JsonNode e, string stream, long seq)
    {
        var shown = new Shown(stream, (string)e["data"]!["id"]!, seq, FromOf(e));
        if ((string?)e["data"]!["text"] != TextOf(shown.Cid))
        {
            scene.Oddities.Enqueue($"{name}: the words of {shown.Cid} are not those that were said");
        }

        foreach (var one in Distorts?.Invoke(shown) ?? [shown])
        {
            Record(one, again: false);
        }

        _shown[stream] = seq;
        _seen[shown.Cid] = true;
    }

    private void Record(Shown shown, bool again) =>
        History.Add(
            "recv",
            new
            {
                room = scene.Name(shown.Stream),
                user = name,
                client = name,
                cid = shown.Cid,
                seq = shown.Seq,
                @from = shown.From,
                wire_dup = again ? true : (bool?)null,
            }
        );

    // What the answer of Enter says to have given: the same as what came, or the log has been cut short.
    private void Reach(string stream, long seq)
    {
        if (!_cursors.TryGetValue(stream, out var seen))
        {
            Begin(stream, IsStaff || stream == Own ? 0 : seq, resume: false);
        }

        if (seq > seen && _cursors[stream] != seq)
        {
            Gaps++;
            scene.Oddities.Enqueue($"{name}: Enter promised {stream} up to {seq} and gave it up to {_cursors[stream]}");
        }
    }

    private void Begin(string stream, long since, bool resume)
    {
        if (!resume)
        {
            (_cursors[stream], _shown[stream]) = (since, since);
        }

        // A member who was sent out and readmitted was let in by the facilitator, not by the join of long before.
        var asked = Math.Max(_asked, scene.LetInAgainAt(name));
        History.Add(
            "join_ok",
            new
            {
                room = scene.Name(stream),
                session = scene.Session,
                user = name,
                client = name,
                decision = _decision,
                role = _role,
                asked,
            }
        );
        History.Add(
            "sub",
            new
            {
                room = scene.Name(stream),
                user = name,
                client = name,
                since,
                resume = resume ? true : (bool?)null,
            }
        );
    }

    private string FromOf(JsonNode e) => scene.NameOf((Guid)e["by"]!["participantId"]!);
}
