using System.Diagnostics;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>Somebody asks for a seat.</summary>
/// <param name="Key">Null for a request without one.</param>
/// <param name="Activity">The trace of the request: its problems and messages name it.</param>
internal sealed record SeatAsk(Caller Caller, Guid GroupId, KeyedRequest? Key, Activity? Activity)
{
    public Guid Member => Caller.AccountId;
}

/// <summary>Who asks for seats at the same time shares a transaction. One person's own requests follow one another; a group that is held up holds up no other.</summary>
internal sealed class SeatQueue(SeatBatch batches) : GroupCommit<SeatAsk, IResult, Guid, Guid>(most: 128, asideAtOnce: 4)
{
    protected override Guid PlaceOf(SeatAsk ask) => ask.GroupId;

    protected override Guid LineOf(SeatAsk ask) => ask.Member;

    protected override Task<IReadOnlyList<IResult?>> WriteAsync(IReadOnlyList<SeatAsk> asks, Patience patience) => batches.WriteAsync(asks, patience);
}
