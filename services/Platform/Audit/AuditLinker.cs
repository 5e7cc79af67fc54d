using System.Text.Json;
using GroupTherapy.Platform.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Audit;

/// <summary>Chains new audit entries within a second and writes the chain's head outside the database each minute (I10).</summary>
internal sealed class AuditLinker(AuditChain chain, IConfiguration configuration, TimeProvider clock, ILogger<AuditLinker> log)
    : RegularWork(clock, TimeSpan.FromMilliseconds(500), "the audit chain", log)
{
    private static readonly TimeSpan AnchorEvery = TimeSpan.FromMinutes(1);
    private readonly TimeProvider _clock = clock;
    private readonly string? _file = configuration["Audit:AnchorFile"];
    private DateTimeOffset? _anchoredAt;

    public override async Task<bool> StepAsync(CancellationToken ct)
    {
        if (await chain.LinkAsync(ct) > 0)
        {
            return true;
        }

        var now = _clock.GetUtcNow();
        if (_anchoredAt is null || now - _anchoredAt >= AnchorEvery)
        {
            await AnchorAsync(now, ct);
            _anchoredAt = now;
        }

        return false;
    }

    private async Task AnchorAsync(DateTimeOffset now, CancellationToken ct)
    {
        if (_file is not null && await chain.HeadAsync(ct) is { } head)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            await File.AppendAllTextAsync(_file, JsonSerializer.Serialize(new Anchor(head.Seq, head.Hash, now), Web.Json.Options) + "\n", ct);
        }
    }
}

/// <summary>The head of a chain as it was at <paramref name="Ts"/>, kept where the database's owner cannot reach.</summary>
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
                if (JsonSerializer.Deserialize<Anchor>(line, Web.Json.Options) is { } anchor)
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
