using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads groups.</summary>
internal static class GroupStore
{
    public const string Columns = "group_id, practice, name, service_class, minimum_age, part2, intake_first, lead_id, co_ids, series_ends_at, closed, capacity, taken";

    public static Task<SeatGroup?> FindAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<SeatGroup>($"select {Columns} from seat_groups where group_id = @groupId", new { groupId });

    /// <summary>Which services the open groups of each practice offer.</summary>
    public static Task<IReadOnlyList<ServiceInUse>> ServicesInUseAsync(Db db, CancellationToken ct) => db.QueryAsync<ServiceInUse>(
        "select practice, service_class, count(*)::int as groups from seat_groups where not closed group by practice, service_class order by practice, service_class", null, ct);
}
