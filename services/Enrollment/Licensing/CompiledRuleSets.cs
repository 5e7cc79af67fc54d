using System.Collections.Concurrent;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Compiled rule sets by the hash of their content, at most <paramref name="most"/>: those not asked for the longest go first, since a draft has
/// another hash with every save. Safe to share between threads.</summary>
public sealed class CompiledRuleSets(int most = 1024)
{
    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);
    private long _asked;

    public int Count => _known.Count;

    public CompiledRuleSet? Find(string sha256)
    {
        if (!_known.TryGetValue(sha256, out var entry))
        {
            return null;
        }

        entry.LastAsked = Interlocked.Increment(ref _asked);
        return entry.Rules;
    }

    /// <summary>Compiles a document and keeps it under its hash.</summary>
    /// <exception cref="RuleSetException">The document cannot be read or is not sound.</exception>
    public CompiledRuleSet Compile(string sha256, ReadOnlySpan<byte> document)
    {
        var rules = CompiledRuleSet.Parse(document, law => _known.Values.FirstOrDefault(known => known.Rules.LawSha256 == law)?.Rules);
        if (_known.Count >= most)
        {
            // A quarter at once, so that a crowd of new ones does not search each time.
            foreach (var (old, _) in _known.OrderBy(known => known.Value.LastAsked).Take(Math.Max(1, most / 4)))
            {
                _known.TryRemove(old, out _);
            }
        }

        _known[sha256] = new Entry(rules) { LastAsked = Interlocked.Increment(ref _asked) };
        return rules;
    }

    private sealed class Entry(CompiledRuleSet rules)
    {
        public CompiledRuleSet Rules => rules;

        public long LastAsked { get; set; }
    }
}
