using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.History;

/// <summary>
/// A history while it is recorded: the events that <c>tests/tools/check_history.py</c> judges, in milliseconds of one monotonic clock for all who record.
/// </summary>
public sealed class HistoryFile : IDisposable
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly StreamWriter _file;
    private bool _closed;

    /// <summary>A new one in <c>artifacts/histories</c> of the checkout, to be found there when a judge dislikes it.</summary>
    /// <param name="limits">What differs from the judge's own limits, such as <c>safe_ms</c>.</param>
    public static HistoryFile Start(string name, object limits)
    {
        var folder = Directory.CreateDirectory(System.IO.Path.Combine(Checkout.Root, "artifacts", "histories"));
        return new HistoryFile(System.IO.Path.Combine(folder.FullName, $"{name}-{Guid.CreateVersion7():n}.jsonl"), limits);
    }

    private HistoryFile(string path, object limits)
    {
        (Path, _file) = (path, new StreamWriter(path));
        Add(0, "meta", new { limits });
    }

    public string Path { get; }

    public double Now => Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    /// <summary>An instant that a server named, on this history's clock.</summary>
    public double At(DateTimeOffset instant) => Now + (instant - TimeProvider.System.GetUtcNow()).TotalMilliseconds;

    public void Add(string kind, object fields) => Add(Now, kind, fields);

    public void Add(double t, string kind, object fields)
    {
        var line = new JsonObject { ["t"] = Math.Round(t, 3), ["e"] = kind };
        foreach (var (name, value) in JsonSerializer.SerializeToNode(fields)!.AsObject())
        {
            line[name] = value?.DeepClone();
        }

        lock (_gate)
        {
            if (!_closed)
            {
                _file.WriteLine(line.ToJsonString());
            }
        }
    }

    /// <summary>Ends the history: what its people still do, going home, is not part of it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _file.Dispose();
        }
    }
}
