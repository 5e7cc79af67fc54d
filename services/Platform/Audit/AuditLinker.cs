using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Audit;

/// <summary>Chains new audit entries within a second and writes the chain's head outside the database each minute (I10).</summary>
internal sealed class AuditLinker(AuditChain chain, IConfiguration configuration, TimeProvider clock, ILogger<AuditLinker> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnchorEvery = TimeSpan.FromMinutes(1);
    private readonly string? _file = configuration["Audit:AnchorFile"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        DateTimeOffset? anchoredAt = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await chain.LinkAsync(stoppingToken) > 0)
                {
                }

                var now = clock.GetUtcNow();
                if (anchoredAt is null || now - anchoredAt >= AnchorEvery)
                {
                    await AnchorAsync(now, stoppingToken);
                    anchoredAt = now;
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("The audit chain waits: {Kind}", e.GetType().Name);
            }
        }
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
