using System.Collections.Concurrent;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>Asks again and again whether something works, and records each answer. From these the judge says how long a fault was felt.</summary>
public sealed class Prober(HistoryFile history) : IAsyncDisposable
{
    // As long as the judge waits for a probe to answer again.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _finish = new();
    private readonly ConcurrentDictionary<string, (double GoodSince, double LastBad, double AskedGood)> _states = new();
    private readonly ConcurrentDictionary<string, Func<string>> _missing = new();
    private readonly List<Task> _probes = [];

    /// <param name="works">Answers within a few seconds.</param>
    /// <param name="missing">Why it did not work the last time.</param>
    public void Watch(string name, TimeSpan every, Func<Task<bool>> works, Func<string>? missing = null) =>
        _probes.Add(
            Task.Run(async () =>
            {
                _missing[name] = missing ?? (() => "no answer");
                var ok = true;
                while (!_stop.IsCancellationRequested && !(_finish.IsCancellationRequested && ok))
                {
                    var began = history.Now;
                    ok = await works();
                    history.Add("probe", new { name, ok });
                    _states[name] = ok
                        ? (_states.TryGetValue(name, out var s) && s.GoodSince > s.LastBad ? s.GoodSince : began, s.LastBad, began)
                        : (-1, history.Now, -1);
                    await Pause.ForAsync((int)every.TotalMilliseconds, _stop.Token);
                }
            })
        );

    /// <summary>Waits until everything has worked for a while, all of it after <paramref name="since"/>: a question that is still without its answer tells
    /// nothing.</summary>
    public Task AllGoodAsync(double since, TimeSpan lasting) =>
        Eventually.Async(
            () =>
                !_states.IsEmpty && _states.Values.All(s => s.GoodSince > s.LastBad && s.AskedGood - Math.Max(s.GoodSince, since) > lasting.TotalMilliseconds),
            () => $"{string.Join(", ", _states.Where(s => s.Value.AskedGood <= since).Select(s => $"{s.Key} ({_missing[s.Key]()})"))} did not come back",
            Patience
        );

    /// <summary>Asks on until every probe has answered well once more, or the judge's patience is over. What it recorded is the judge's to say.</summary>
    public async Task FinishAsync()
    {
        await _finish.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_probes), Task.Delay(Patience));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_probes);
    }
}
