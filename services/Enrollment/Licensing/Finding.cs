namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// A reason before its sentence is written out: the sentence may hold <see cref="PlaceToken"/>, so that permits can say it once for all places.
/// </summary>
internal sealed class Finding(string code, CompiledJurisdiction? place, CompiledJurisdiction? about, string rule, string sentence, string citation)
    : IComparable<Finding>,
        IEquatable<Finding>
{
    public const string PlaceToken = "{place}";

    /// <summary>The word in place of the token where no jurisdiction is known.</summary>
    public const string NoPlace = "your place";
    private readonly int _position = ReasonCodes.Position(code);
    private Reason? _reason;

    public string Code => code;

    /// <summary>The jurisdiction that the reason is about; null for none.</summary>
    public CompiledJurisdiction? About => about;

    public string Rule => rule;

    public string Sentence => sentence;

    public string Citation => citation;

    public Reason Reason =>
        _reason ??= new Reason(code, about?.Code, rule, sentence.Replace(PlaceToken, place?.Name ?? NoPlace, StringComparison.Ordinal), citation);

    public int CompareTo(Finding? other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = _position.CompareTo(other._position);
        order = order != 0 ? order : string.CompareOrdinal(about?.Code, other.About?.Code);
        order = order != 0 ? order : string.CompareOrdinal(rule, other.Rule);
        order = order != 0 ? order : string.CompareOrdinal(sentence, other.Sentence);
        return order != 0 ? order : string.CompareOrdinal(citation, other.Citation);
    }

    public bool Equals(Finding? other) => ReferenceEquals(this, other) || CompareTo(other) == 0;

    public override bool Equals(object? obj) => Equals(obj as Finding);

    public override int GetHashCode() => HashCode.Combine(code, rule, sentence);
}

/// <summary>The findings of one evaluation so far: reasons in order and without repeats, and the strictest outcome among them.</summary>
internal sealed class Findings
{
    private readonly List<Finding> _items = new(4);

    public Outcome Outcome { get; private set; }

    /// <summary>Conditions met so far, one bit each in the order of <see cref="ConditionNames"/>.</summary>
    public Conditions Conditions { get; private set; }

    public IReadOnlyList<Finding> Items => _items;

    public void Add(Outcome outcome, Finding finding)
    {
        Outcome = outcome > Outcome ? outcome : Outcome;
        var at = _items.Count;
        while (at > 0)
        {
            var order = _items[at - 1].CompareTo(finding);
            if (order == 0)
            {
                return;
            }

            if (order < 0)
            {
                break;
            }

            at--;
        }

        _items.Insert(at, finding);
    }

    public void Require(Conditions conditions) => Conditions |= conditions;

    /// <summary>A crisis takes the strictness away and leaves the reasons.</summary>
    public void SoftenTo(Outcome outcome) => Outcome = outcome;

    public void Clear()
    {
        _items.Clear();
        Outcome = Outcome.Allow;
        Conditions = Conditions.None;
    }

    public bool Contains(string code)
    {
        foreach (var item in _items)
        {
            if (item.Code == code)
            {
                return true;
            }
        }

        return false;
    }
}

[Flags]
internal enum Conditions
{
    None = 0,
    CoObserver = 1,
    EndsBeforeSeries = 2,
    NoTherapyContent = 4,
    Handover = 8,
    Override = 16,
    DayBudgetShort = 32,
}
