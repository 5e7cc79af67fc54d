using System.Diagnostics;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Who asks for seats at the same time shares a transaction. One person's own requests follow one another; a group that is held up holds up no other.</summary>
internal sealed class SeatQueue(SeatBatch batches) : GroupCommit<SeatAsk, IResult, Guid, Guid>(most: 128, asideAtOnce: 4)
{
    protected override Guid PlaceOf(SeatAsk ask) => ask.GroupId;

    protected override Guid LineOf(SeatAsk ask) => ask.Member;

    protected override Task<IReadOnlyList<IResult?>> WriteAsync(IReadOnlyList<SeatAsk> asks, Patience patience) => batches.WriteAsync(asks, patience);
}
