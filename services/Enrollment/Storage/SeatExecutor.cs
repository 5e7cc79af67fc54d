using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Runs every command about seats. Commands that come at the same time share a transaction; a member or key that is busy elsewhere, or a group that another
/// process holds, delays only its own requests.
/// </summary>
internal sealed class SeatExecutor(Db db, SeatTransaction transaction, ILogger<SeatExecutor> log) : BatchExecutor<SeatRequest, SeatAnswer, Guid>(
    "seats", 128, log), IAcceptsIdempotencyKey
{
    private const int AloneAtOnce = 4;
    private readonly SemaphoreSlim _alone = new(AloneAtOnce);

    /// <summary>Completes when the outcome is durable.</summary>
    public async Task<SeatAnswer> RunAsync(SeatRequest request, CancellationToken ct = default)
    {
        var answer = await ExecuteAsync(request, ct);
        return answer.IsBusy ? await RunAloneAsync(request, ct) : answer;
    }

    protected override Guid ResourceOf(SeatRequest request) => request.GroupId;

    protected override Task<IReadOnlyList<SeatAnswer>> RunBatchAsync(IReadOnlyList<SeatRequest> requests, bool isIsolated) =>
        RunInTransactionAsync(requests, isIsolated ? LockWait.WaitForGroups : LockWait.NoWait);

    private async Task<SeatAnswer> RunAloneAsync(SeatRequest request, CancellationToken ct)
    {
        await _alone.WaitAsync(ct);
        try
        {
            return (await RunInTransactionAsync([request], LockWait.WaitForAll))[0];
        }
        finally
        {
            _alone.Release();
        }
    }

    private async Task<IReadOnlyList<SeatAnswer>> RunInTransactionAsync(IReadOnlyList<SeatRequest> requests, LockWait wait)
    {
        await using var work = await db.BeginAsync(Caller.System("seats"));
        var (answers, isChanged) = await transaction.RunAsync(work, requests, wait);
        if (isChanged)
        {
            await work.CommitAsync();
        }

        return answers;
    }
}
