using System.Collections.Concurrent;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A run in the background.</summary>
/// <param name="Status"><c>running</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="Evaluated">Sessions decided so far.</param>
/// <param name="Total">Sessions there are to decide; 0 until they are counted.</param>
/// <param name="Result">Once done.</param>
public sealed record ImpactRunView(Guid Id, string Status, long Evaluated, long Total, ImpactResult? Result);

/// <summary>
/// Long impacts in the background, one after the other. They live in this process alone: after a restart their address answers
/// 404, never that they still run.
/// </summary>
internal sealed class ImpactRuns(ImpactService service, TimeProvider clock, IHostApplicationLifetime life, ILogger<ImpactRuns> log) : IDisposable
{
    private const int UnfinishedAtMost = 5;
    private static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<Guid, Run> _runs = new();
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Answers at once, or with 202 and an address where <c>Prefer: respond-async</c> asks for it.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, Caller caller, ImpactQuestion question)
    {
        if (
            !http
                .Request.Headers["Prefer"]
                .SelectMany(p => (p ?? "").Split(',', StringSplitOptions.TrimEntries))
                .Contains("respond-async", StringComparer.OrdinalIgnoreCase)
        )
        {
            return TypedResults.Ok(await service.RunAsync(caller, question, new ImpactProgress(), http.RequestAborted));
        }

        var now = clock.GetUtcNow();
        foreach (var old in _runs.Values.Where(run => run.StartedAt < now - KeptFor && run.Status != Run.Running))
        {
            _runs.TryRemove(old.Id, out _);
        }

        if (_runs.Values.Count(run => run.Status == Run.Running) >= UnfinishedAtMost)
        {
            return new Problem(429, "too-many-impacts", "Several impacts are being computed. Please wait for one of them.", RetryAfter: 5);
        }

        var started = new Run(Guid.CreateVersion7(now), caller, now);
        _runs[started.Id] = started;
        _ = Task.Run(() => RunAsync(started, question), CancellationToken.None);
        http.Response.Headers["Preference-Applied"] = "respond-async";
        return TypedResults.Accepted($"/api/licensing/impacts/{started.Id}", started.View);
    }

    /// <summary>A run of the caller's own.</summary>
    public ImpactRunView? Find(Caller caller, Guid id) => _runs.TryGetValue(id, out var run) && run.Caller.AccountId == caller.AccountId ? run.View : null;

    public void Dispose() => _one.Dispose();

    private async Task RunAsync(Run run, ImpactQuestion question)
    {
        try
        {
            await _one.WaitAsync(life.ApplicationStopping);
            try
            {
                run.Result = await service.RunAsync(run.Caller, question, run.Progress, life.ApplicationStopping);
                run.Status = Run.Done;
            }
            finally
            {
                _one.Release();
            }
        }
        catch (Exception e)
        {
            log.LogWarning("The impact {Run} ended early: {Kind}", run.Id, e.GetType().Name);
            run.Status = Run.Failed;
        }
    }

    private sealed class Run(Guid id, Caller caller, DateTimeOffset startedAt)
    {
        public const string Running = "running";
        public const string Done = "done";
        public const string Failed = "failed";
        private volatile string _status = Running;

        public Guid Id => id;

        public Caller Caller => caller;

        public DateTimeOffset StartedAt => startedAt;

        public ImpactProgress Progress { get; } = new();

        public ImpactResult? Result { get; set; }

        public string Status
        {
            get => _status;
            set => _status = value;
        }

        public ImpactRunView View => new(id, Status, Progress.Evaluated, Progress.Total, Status == Done ? Result : null);
    }
}
