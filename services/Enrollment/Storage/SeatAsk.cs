using System.Diagnostics;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Somebody asks for a seat.</summary>
/// <param name="Key">Null for a request without one.</param>
/// <param name="Activity">The trace of the request: its problems and messages name it.</param>
internal sealed record SeatAsk(Caller Caller, Guid GroupId, KeyedRequest? Key, Activity? Activity)
{
    public Guid Member => Caller.AccountId;
}
