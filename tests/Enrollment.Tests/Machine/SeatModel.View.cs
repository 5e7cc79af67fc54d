using System.Globalization;

namespace GroupTherapy.Enrollment.Tests.Machine;

internal sealed partial class SeatModel
{
    /// <summary>All that anybody can see.</summary>
    public string View()
    {
        var lines = _stays
            .Select((s, i) => (s, i))
            .Select(x =>
                ViewOfStay(
                    x.i,
                    x.s.Person,
                    x.s.Group,
                    x.s.Status,
                    x.s.Status is "reserved" or "offered" ? x.s.Deadline : null,
                    x.s.Status == "waitlisted" ? Position(x.i) : null,
                    x.s.EndReason,
                    x.s.Status == "enrolled" ? x.s.GraceUntil : null,
                    Needs(x.s),
                    !x.s.IsLive || (x.s.Status == "enrolled" && !x.s.HasStanding) ? null : x.s.Answer
                )
            )
            .ToList();
        for (var g = 0; g < _groups.Count; g++)
        {
            var group = g;
            lines.Add(ViewOfGroup(g, _groups[g].Capacity, _groups[g].Taken, _groups[g].Closed));
            lines.Add($"line g{g}: {string.Join(", ", Line(g).Select(i => ViewOfWaiting(i, _stays[i].Answer == Law.Yes, _stays[i].PassedUntil)))}");
            var live = Enumerable.Range(0, _stays.Count).Where(i => _stays[i].Group == group && _stays[i].IsLive);
            lines.Add($"roster g{g}: {string.Join(", ", live.Select(i => $"s{i} {_stays[i].Status}"))}");
            lines.AddRange(_logs[g].Select((step, n) => $"log g{group} {n}: {step}"));
        }

        return string.Join('\n', lines);
    }

    /// <summary>Tells this model from every other.</summary>
    public string Signature() => $"{View()}\n{string.Join('\n', _record.Order())}\n{string.Join('\n', _stays)}\n{string.Join(' ', _intakes)}";

    public static string ViewOfStay(
        int i,
        int person,
        int group,
        string status,
        DateTimeOffset? until,
        int? position,
        string? endReason,
        DateTimeOffset? graceUntil,
        IEnumerable<string> needs,
        Law? answer
    ) =>
        $"s{i} p{person} g{group} {status} until {Time(until)} position {position} reason {endReason} grace {Time(graceUntil)} needs "
        + $"{string.Join(' ', needs)} answer {answer}";

    public static string ViewOfGroup(int g, int capacity, int taken, bool closed) => $"g{g} capacity {capacity} taken {taken} closed {closed}";

    public static string ViewOfWaiting(int i, bool eligible, DateTimeOffset? passedUntil) =>
        $"s{i} {(eligible ? "eligible" : "not eligible")} {Time(passedUntil)}";

    public static string Time(DateTimeOffset? at) => at?.ToString("MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture) ?? "-";

    private static string Me(int person) => $"p{person}";

    private int Unconfirmed(int p) => _stays.Count(s => s.Person == p && s.Status is "reserved" or "offered");

    private IEnumerable<int> Line(int g) => Enumerable.Range(0, _stays.Count).Where(i => _stays[i].Group == g && _stays[i].Status == "waitlisted");

    private bool IsDueInLine(int i) => _stays[i].PassedUntil is not { } until || until <= Now;

    private bool MayBeAsked(int i) => IsDueInLine(i) && Unconfirmed(_stays[i].Person) < 2;

    private bool IntakeIsMissing(ModelStay s) => _groups[s.Group].IntakeFirst && !_intakes[s.Person];

    private string[] Needs(ModelStay s) =>
        s.Status != "held" ? [] : [.. new[] { IntakeIsMissing(s) ? "intake" : null, s.Answer == Law.Unclear ? "facts" : null }.OfType<string>()];

    private int Position(int i) => Line(_stays[i].Group).Count(w => w <= i);

    private Said Shown(int status, int i) =>
        new(
            status,
            _stays[i].Status,
            _stays[i].Status switch
            {
                "reserved" or "offered" => Time(_stays[i].Deadline),
                "waitlisted" => $"{Position(i)}",
                _ => "",
            },
            IsKept: true
        );

    private void Become(int i, ModelStay next) => _stays[i] = next with { Version = _stays[i].Version + 1, ChangedAt = Now };

    private void Seats(int g, int by) => _groups[g] = _groups[g] with { Taken = _groups[g].Taken + by };

    private void Audit(string act, int i) => _record.Add($"audit {(act.Contains('.', StringComparison.Ordinal) ? act : $"enrollment.{act}")} s{i}");

    private void Tell(string kind, int i, string detail = "") => _record.Add($"event {kind} s{i} version {_stays[i].Version} {detail}");

    private void Log(int i, string who, string step) => _logs[_stays[i].Group].Add($"{step} s{i} by {who}");
}
