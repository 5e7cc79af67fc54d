using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Crises as Room reports them.</summary>
internal static class CrisisStore
{
    /// <summary>Older versions change nothing.</summary>
    public static Task SaveAsync(UnitOfWork work, CrisisChanged crisis) =>
        work.ExecuteAsync(
            """
            insert into crises (session_id, member_id, open, version, at) values (@SessionId, @MemberId, @Open, @Version, @At)
            on conflict (session_id, member_id) do update set open = excluded.open, version = excluded.version, at = excluded.at
                where crises.version < excluded.version
            """,
            crisis
        );
}
