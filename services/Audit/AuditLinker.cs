using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Work;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Audit;

/// <summary>Links new audit entries within a second and writes a head that changed outside the database each minute (I10).</summary>
internal sealed class AuditLinker(
    AuditChain chain,
    AnchorSink sink,
    WorkSignal signal,
    WorkOptions options,
    IConfiguration configuration,
    TimeProvider clock,
    ILogger<AuditLinker> log
) : WorkLoop("audit", signal, options, clock, log)
{
    private static readonly TimeSpan LinkEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnchorEvery = TimeSpan.FromMinutes(1);
    private readonly TimeProvider _clock = clock;
    private readonly string? _file = configuration["Audit:AnchorFile"];
    private DateTimeOffset _anchoredAt = DateTimeOffset.MinValue;
    private long _anchoredSeq;
    private bool _isChanged = true;

    public override async Task<DateTimeOffset?> RunAsync(CancellationToken ct)
    {
        var linked = 0;
        while (await chain.LinkAsync(ct) is > 0 and var count)
        {
            linked += count;
        }

        _isChanged |= linked > 0;
        var now = _clock.GetUtcNow();
        if (_isChanged && now - _anchoredAt >= AnchorEvery)
        {
            await AnchorAsync(now, ct);
            (_anchoredAt, _isChanged) = (now, false);
        }

        if (linked > 0)
        {
            // Entries that are written within the next moment are linked together.
            await Task.Delay(LinkEvery, _clock, ct);
        }

        return _isChanged ? _anchoredAt + AnchorEvery : null;
    }

    private async Task AnchorAsync(DateTimeOffset now, CancellationToken ct)
    {
        if ((_file is null && !sink.IsSet) || await chain.HeadAsync(ct) is not { } head || head.Seq == _anchoredSeq)
        {
            return;
        }

        var anchor = new Anchor(head.Seq, head.Hash, now);
        if (_file is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            await File.AppendAllTextAsync(_file, JsonSerializer.Serialize(anchor, ContractJson.Options) + "\n", ct);
        }

        _anchoredSeq = head.Seq;
        await sink.SendAsync(anchor, ct);
    }
}

/// <summary>The head of a chain as it was at <paramref name="Ts"/>, kept outside the database.</summary>
public sealed record Anchor(long Seq, string Hash, DateTimeOffset Ts)
{
    /// <summary>Anchors by sequence number. Two nodes may anchor the same head; a line cut short by a crash is left out.</summary>
    public static IReadOnlyDictionary<long, string> ReadAll(string? file)
    {
        var anchors = new Dictionary<long, string>();
        foreach (var line in file is not null && File.Exists(file) ? File.ReadAllLines(file) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize<Anchor>(line, ContractJson.Options) is { } anchor)
                {
                    anchors.TryAdd(anchor.Seq, anchor.Hash);
                }
            }
            catch (JsonException)
            {
                // The last line of a process that was killed while writing it.
            }
        }

        return anchors;
    }
}
