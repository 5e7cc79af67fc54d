using System.Globalization;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>
/// Seats as the contract tells them, in the plainest words: people, groups, stays in the order in which they were asked for. Requests change it at once; what
/// workers do later is a choice of <see cref="Steps"/>, each one of which may come first.
/// </summary>
internal sealed partial class SeatModel
{
    /// <summary>
    /// The worker that ends what is over, or the one that looks after lines. Which of the two offers a seat cannot be told when somebody joins the line in the
    /// very moment in which it comes free: whoever gives it back does not see yet who waits.
    /// </summary>
    public const string Worker = "a worker";

    private static readonly TimeSpan SeatHold = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Offer = TimeSpan.FromHours(12);
    private static readonly TimeSpan Grace = TimeSpan.FromDays(14);
    private static readonly TimeSpan PassedFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan KeyLasts = TimeSpan.FromHours(24);

    private readonly List<ModelGroup> _groups;
    private readonly List<ModelStay> _stays;
    private readonly Law[] _people;
    private readonly bool[] _intakes;
    private readonly List<string>[] _logs;
    private readonly List<string> _record;
    private readonly Dictionary<string, (DateTimeOffset At, Said Answer)> _keys;

    public SeatModel(DateTimeOffset now, IEnumerable<(int Capacity, bool IntakeFirst)> groups, IEnumerable<Law> people)
    {
        Now = now;
        _groups = [.. groups.Select(g => new ModelGroup(g.Capacity, 0, false, 1, g.IntakeFirst))];
        (_stays, _people, _record, _keys) = ([], [.. people], [], []);
        _intakes = new bool[_people.Length];
        _logs = [.. _groups.Select(_ => new List<string>())];
    }

    private SeatModel(SeatModel of)
    {
        Now = of.Now;
        (_groups, _stays, _people, _intakes, _record, _keys) = (
            [.. of._groups],
            [.. of._stays],
            [.. of._people],
            [.. of._intakes],
            [.. of._record],
            new(of._keys)
        );
        _logs = [.. of._logs.Select(l => l.ToList())];
    }

    public DateTimeOffset Now { get; set; }

    public IReadOnlyList<ModelStay> Stays => _stays;

    public IReadOnlyList<ModelGroup> Groups => _groups;

    /// <summary>Audit entries and events, in no order.</summary>
    public IEnumerable<string> Record => _record;

    /// <summary>Kinds of things that happened: audit entries, events, steps in lines.</summary>
    public IEnumerable<string> WhatHappened =>
        _record
            .Select(r => r.Split(' ')[1])
            .Concat(_logs.SelectMany(l => l).Select(step => step[..step.IndexOf(" s", StringComparison.Ordinal)]))
            .Concat(_stays.Where(s => s.EndReason is not null).Select(s => $"ended: {s.EndReason}"));

    public DateTimeOffset? NextDeadline => _stays.Min(s => s.Ends);

    public SeatModel Clone() => new(this);

    /// <summary>One request of many by its key.</summary>
    public (Said Answer, bool Replayed) Once(string key, Func<SeatModel, Said> act)
    {
        if (_keys.TryGetValue(key, out var kept) && Now - kept.At <= KeyLasts)
        {
            return (kept.Answer, true);
        }

        var answer = act(this);
        if (answer.IsKept || answer.Status is 403 or 409)
        {
            _keys[key] = (Now, answer);
        }

        return (answer, false);
    }

    public Said Enrol(int p, int g)
    {
        if (_groups[g].Closed)
        {
            return new(409, "group-closed");
        }

        if (_stays.Any(s => s.IsLive && s.Person == p && s.Group == g))
        {
            return new(409, "already-enrolled");
        }

        if (Unconfirmed(p) >= 2)
        {
            return new(409, "too-many-unconfirmed");
        }

        if (_people[p] == Law.No)
        {
            _record.Add($"audit enrollment.refused g{g}");
            return new(403, "not-eligible", IsKept: true);
        }

        var (i, withoutIntake) = (_stays.Count, _groups[g].IntakeFirst && !_intakes[p]);
        if (_people[p] == Law.Unclear || withoutIntake)
        {
            Add("held");
            Log(i, Me(p), withoutIntake ? "held intake" : "held unclear");
        }
        else if (_groups[g].Taken < _groups[g].Capacity && !Line(g).Any(MayBeAsked))
        {
            Add("reserved", Now + SeatHold);
            Seats(g, +1);
            Tell("SeatReserved", i);
        }
        else
        {
            Add("waitlisted");
            Log(i, Me(p), "joined");
        }

        return Shown(201, i);

        void Add(string status, DateTimeOffset? deadline = null)
        {
            _stays.Add(new ModelStay(p, g, status, _people[p], Now, Deadline: deadline));
            Audit(status, i);
        }
    }

    public Said Confirm(int i, bool withConsents)
    {
        var s = _stays[i];
        if (s.Status == "enrolled")
        {
            return Shown(200, i);
        }

        if (s.Status is not ("reserved" or "offered") || Now >= s.Deadline)
        {
            return new(409, "not-reserved");
        }

        if (!withConsents)
        {
            return new(400, "consents-missing");
        }

        switch (_people[s.Person])
        {
            case Law.No:
                Audit("refused", i);
                return new(403, "not-eligible", IsKept: true);
            case Law.Unclear:
                Become(i, s with { Status = "held", Deadline = null, Answer = Law.Unclear });
                Audit("held", i);
                Log(i, Me(s.Person), "held unclear");
                GiveBack(s.Group, Me(s.Person));
                return Shown(200, i);
            default:
                Become(i, s with { Status = "enrolled", Deadline = null, Answer = Law.Yes });
                Audit("confirmed", i);
                if (s.Status == "offered")
                {
                    Log(i, Me(s.Person), "confirmed");
                }

                Tell("EnrollmentConfirmed", i);
                return Shown(200, i);
        }
    }

    public Said Cancel(int i)
    {
        End(i, "cancelled", Me(_stays[i].Person));
        return Shown(200, i);
    }

    public Said Release(int i)
    {
        var s = _stays[i];
        if (s.Status != "held" && s is not { Status: "enrolled", ReviewSince: not null })
        {
            return new(409, "not-held");
        }

        if (s.Status == "enrolled")
        {
            // An enrollment under review was unclear at the last look, and nothing changed since or the review would be over.
            return new(409, "still-held", IsKept: true);
        }

        if (IntakeIsMissing(s))
        {
            return new(409, "intake-missing");
        }

        if (_people[s.Person] != Law.Yes)
        {
            _stays[i] = s with { Answer = _people[s.Person] };
            return new(409, _people[s.Person] == Law.No ? "not-eligible" : "still-held", IsKept: true);
        }

        Become(i, s with { Status = "waitlisted", PassedUntil = null, Answer = Law.Yes });
        Log(i, "operator", "released");
        Tell("EnrollmentReconsidered", i, $"{Law.Yes}");
        OfferToLine(s.Group, "operator");
        Audit("released", i);
        return Shown(200, i);
    }

    public Said Refuse(int i)
    {
        if (_stays[i].Status != "held" && _stays[i] is not { Status: "enrolled", ReviewSince: not null })
        {
            return new(409, "not-held");
        }

        End(i, "refused", "operator");
        return Shown(200, i);
    }

    /// <summary>Operators know whoever ever asked for a seat with their practice.</summary>
    public Said RecordIntake(int p)
    {
        if (!_stays.Exists(s => s.Person == p))
        {
            return new(404, "not-found");
        }

        _intakes[p] = true;
        return new(201, "recorded", IsKept: true);
    }

    public void Move(int p, Law to)
    {
        _people[p] = to;
        for (var i = 0; i < _stays.Count; i++)
        {
            if (_stays[i].Person == p)
            {
                _stays[i] = _stays[i].Status switch
                {
                    "waitlisted" => _stays[i] with { PassedUntil = null },
                    "enrolled" => _stays[i] with { IsDue = true },
                    _ => _stays[i],
                };
            }
        }
    }

    public void Change(int g, int capacity, long version, bool close)
    {
        if (version <= _groups[g].Version)
        {
            return;
        }

        _groups[g] = _groups[g] with { Capacity = capacity, Closed = close, Version = version };
        if (!close)
        {
            OfferToLine(g, "service:UpsertSeatGroupWhenGroupChanged");
            return;
        }

        foreach (
            var i in Enumerable
                .Range(0, _stays.Count)
                .Where(i => _stays[i].Group == g && _stays[i].IsLive)
                .OrderBy(i => _stays[i].Status == "waitlisted")
                .ToList()
        )
        {
            End(i, "group-closed", "service:EndEnrollmentsWhenGroupClosed");
        }
    }

    /// <summary>Everything a worker may do next, each on a copy. Of what has run out the longest comes first.</summary>
    public IEnumerable<SeatModel> Steps()
    {
        var over = Enumerable.Range(0, _stays.Count).Where(i => _stays[i].Ends <= Now).ToList();
        foreach (var i in over.Where(i => _stays[i].Ends == over.Min(o => _stays[o].Ends)))
        {
            yield return After(m => m.Expire(i));
        }

        for (var g = 0; g < _groups.Count; g++)
        {
            if (!_groups[g].Closed && _groups[g].Taken < _groups[g].Capacity && Line(g).Any(MayBeAsked))
            {
                var group = g;
                yield return After(m => m.OfferToLine(group, Worker));
            }
        }

        foreach (var i in Enumerable.Range(0, _stays.Count).Where(i => _stays[i].IsDue))
        {
            yield return After(m => m.Look(i));
        }

        SeatModel After(Action<SeatModel> step)
        {
            var next = Clone();
            step(next);
            return next;
        }
    }
}
