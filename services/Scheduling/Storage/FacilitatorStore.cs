using GroupTherapy.Platform.Data;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>SQL about facilitators that several slices share.</summary>
internal static class FacilitatorStore
{
    /// <summary>
    /// Locks the facilitators, in a fixed order, until the transaction ends: of two plans for the same person one is decided after the other.
    /// </summary>
    /// <returns>Those that are known here.</returns>
    public static async Task<IReadOnlySet<Guid>> LockAsync(UnitOfWork work, Guid[] ids) =>
        (await work.QueryAsync<Guid>("select id from facilitators where id = any(@ids) order by id for no key update", new { ids })).ToHashSet();
}
