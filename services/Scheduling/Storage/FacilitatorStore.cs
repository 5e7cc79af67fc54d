using GroupTherapy.Platform.Data;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and locks facilitators.</summary>
internal static class FacilitatorStore
{
    /// <summary>Locks the facilitators, in a fixed order, until the transaction ends: two plans for one person are decided one after the other.</summary>
    /// <param name="practice">Null for facilitators whose practice is checked elsewhere.</param>
    /// <returns>Those that are known here as facilitators of the practice.</returns>
    public static async Task<IReadOnlySet<Guid>> LockAsync(UnitOfWork work, Guid[] ids, string? practice = null) =>
        (
            await work.QueryAsync<Guid>(
                """
                select id from facilitators where id = any(@ids) and (@practice::text is null or practices @> array[@practice]) order by id for no key update
                """,
                new { ids, practice }
            )
        ).ToHashSet();

    public static Task<bool> IsOfPracticeAsync(UnitOfWork work, Guid id, string practice) =>
        work.FirstOrDefaultAsync<bool>("select true from facilitators where id = @id and practices @> array[@practice]", new { id, practice });
}
