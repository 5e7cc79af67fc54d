using System.Collections.Concurrent;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>Asks again and again whether something works, and records each answer. From these the judge says how long a fault was felt.</summary>
public sealed class Prober(HistoryFile history) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, (double GoodSince, double LastBad)> _states = new();
    private readonly ConcurrentDictionary<string, Func<string>> _missing = new();
    private readonly List<Task> _probes = [];

    /// <param name="works">Answers within a few seconds.</param>
    /// <param name="missing">Why it did not work the last time.</param>
    public void Watch(string name, TimeSpan every, Func<Task<bool>> works, Func<string>? missing = null) => _probes.Add(Task.Run(async () =>
    {
        _missing[name] = missing ?? (() => "no answer");
        while (!_stop.IsCancellationRequested)
        {
            var began = history.Now;
            var ok = await works();
            history.Add("probe", new { name, ok });
            _states[name] = ok ? (_states.TryGetValue(name, out var s) && s.GoodSince > s.LastBad ? s.GoodSince : began, s.LastBad) : (-1, history.Now);
            await Pause.ForAsync((int)every.TotalMilliseconds, _stop.Token);
        }
    }));

    /// <summary>Waits until everything has worked for a while, all of it after <paramref name="since"/>.</summary>
    public Task AllGoodAsync(double since, TimeSpan lasting) => Eventually.Async(
        () => !_states.IsEmpty && _states.Values.All(s => s.GoodSince > s.LastBad && history.Now - Math.Max(s.GoodSince, since) > lasting.TotalMilliseconds),
        () => $"{string.Join(", ", _states.Where(s => s.Value.GoodSince <= s.Value.LastBad).Select(s => $"{s.Key} ({_missing[s.Key]()})"))} did not come back",
            TimeSpan.FromSeconds(120));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_probes);
    }
}
