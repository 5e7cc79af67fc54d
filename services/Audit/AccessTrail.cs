using System.Diagnostics;
using System.Runtime.InteropServices;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Audit;

/// <summary>A refusal or a read as it is audited: repeats within a minute are one entry with a count.</summary>
/// <param name="What">Codes alone: the endpoint's template and the refusal's code.</param>
public sealed record Access(string Act, string Who, Guid? Subject, Guid? Reference, string? Practice, string? Source, string What);

/// <summary>
/// Takes down who was refused and who read what is sensitive, without ever keeping a request waiting or failing one: a bounded buffer in memory, written in
/// batches within a second. The first of its kind is written at once, its repeats once at the end of the minute, with their number.
/// </summary>
public sealed class AccessTrail(Db db, TimeProvider clock, ILogger<AccessTrail> log) : BackgroundService
{
    /// <summary>Different things in one minute, over all callers; more are counted together.</summary>
    public const int MostKinds = 4096;

    /// <summary>Different things of one caller in one minute; a walk over ids is one entry after that.</summary>
    public const int MostOfOne = 60;

    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Merged = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<Access, Seen> _seen = [];
    private readonly Dictionary<string, int> _kindsOf = [];
    private bool _isFailing;

    private sealed class Seen(DateTimeOffset since, string? trace)
    {
        public DateTimeOffset Since { get; } = since;

        public string? Trace { get; } = trace;

        public int Count { get; set; }

        public bool Began { get; set; }
    }

    /// <param name="trace">Where the access was seen; the trace of now when left out.</param>
    public void Record(Access access, string? trace = null, int count = 1)
    {
        lock (_lock)
        {
            if (!_seen.TryGetValue(access, out var seen))
            {
                var kinds = _kindsOf.GetValueOrDefault(KeyOf(access)) + 1;
                if (kinds > MostOfOne || _seen.Count >= MostKinds)
                {
                    access = access with { Subject = null, Reference = null, What = "many", Who = _seen.Count >= MostKinds ? "many" : access.Who };
                }

                if (!_seen.TryGetValue(access, out seen))
                {
                    _kindsOf[KeyOf(access)] = _kindsOf.GetValueOrDefault(KeyOf(access)) + 1;
                    _seen[access] = seen = new Seen(clock.GetUtcNow(), trace ?? Activity.Current?.TraceId.ToHexString());
                }
            }

            seen.Count += count;
        }
    }

    /// <summary>Writes new entries, and the counts of those whose minute is over.</summary>
    /// <param name="all">Everything, at the end of the process.</param>
    /// <returns>How many entries were written.</returns>
    public async Task<int> FlushAsync(bool all, CancellationToken ct)
    {
        var written = new List<(AuditDraft Draft, Access Access, Seen Seen, int Count)>();
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            foreach (var (access, seen) in _seen)
            {
                if (seen.Count > 0 && (!seen.Began || all || now - seen.Since >= Merged))
                {
                    written.Add((DraftOf(access, seen), access, seen, seen.Count));
                }
            }
        }

        if (written.Count > 0)
        {
            await using var work = await db.BeginAsync(Caller.System("audit"), ct);
            written.ForEach(w => work.Audit(w.Draft));
            await work.CommitAsync(ct);
        }

        lock (_lock)
        {
            foreach (var (_, _, seen, count) in written)
            {
                (seen.Count, seen.Began) = (seen.Count - count, true);
            }

            foreach (var (access, seen) in _seen.Where(s => s.Value is { Count: 0, Began: true } && now - s.Value.Since >= Merged).ToList())
            {
                _seen.Remove(access);
                if (--CollectionsMarshal.GetValueRefOrAddDefault(_kindsOf, KeyOf(access), out _) <= 0)
                {
                    _kindsOf.Remove(KeyOf(access));
                }
            }
        }

        return written.Count;
    }

    // Anonymous callers are counted per network, so that one network does not use up the limit of the others.
    private static string KeyOf(Access access) => access.Who == "anonymous" ? $"{access.Who} {access.Source}" : access.Who;

    private static AuditDraft DraftOf(Access access, Seen seen) =>
        new(
            access.Act,
            access.Who,
            access.Subject,
            access.Reference,
            new
            {
                what = access.What,
                count = seen.Count,
                since = InstantConverter.Text(seen.Since),
            }
        )
        {
            Practice = access.Practice,
            Source = access.Source,
            Trace = seen.Trace,
        };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FlushEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryFlushAsync(all: false, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await TryFlushAsync(all: true, CancellationToken.None);
        }
    }

    private async Task TryFlushAsync(bool all, CancellationToken ct)
    {
        try
        {
            await FlushAsync(all, ct);
            _isFailing = false;
        }
        catch (Exception e)
        {
            // What was not written stays in the buffer and goes on being counted; a process that stops tries once more.
            if (!_isFailing && !ct.IsCancellationRequested)
            {
                log.LogWarning("Accesses wait to be written: {Error}", ErrorSummary.Of(e));
            }

            _isFailing = true;
        }
    }
}
