using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes the programs of practices.</summary>
internal static class ProgramStore
{
    public static Task<IReadOnlyList<ProgramInBrief>> ListAsync(Db db, string practice, Guid? after, int atMost, CancellationToken ct) =>
        db.QueryAsync<ProgramInBrief>(
            """
            select p.id, v.title, v.topic, jsonb_array_length(v.weeks) as weeks, v.version, v.made_at as changed_at
            from programs p join program_versions v on v.program_id = p.id and v.version = p.version
            where p.practice = @practice and (@after::uuid is null or p.id > @after) order by p.id limit @atMost
            """,
            new
            {
                practice,
                after,
                atMost,
            },
            ct
        );

    /// <param name="version">Null for the newest.</param>
    public static async Task<ProgramDetail?> FindAsync(UnitOfWork work, string practice, Guid id, long? version = null) =>
        (
            await work.FirstOrDefaultAsync<Row>(
                """
                select p.id, p.practice, v.title, v.topic, v.weeks::text as weeks, v.version, v.made_at as changed_at
                from programs p join program_versions v on v.program_id = p.id and v.version = coalesce(@version::bigint, p.version)
                where p.id = @id and p.practice = @practice
                """,
                new
                {
                    practice,
                    id,
                    version,
                }
            )
        )?.Detail();

    /// <summary>Locks a program; false where there is none.</summary>
    public static Task<bool> LockAsync(UnitOfWork work, string practice, Guid id) =>
        work.FirstOrDefaultAsync<bool>("select true from programs where id = @id and practice = @practice for no key update", new { practice, id });

    /// <summary>Whether a checked request says what stands there already: sent back as it came, it is no new version.</summary>
    public static bool IsSame(ProgramDetail before, SaveProgramRequest r) =>
        (before.Title, before.Topic) == (r.Title!.Trim(), r.Topic)
        && CanonicalJson.Of(before.Program, ContractJson.Options) == CanonicalJson.Of(GroupRules.ProgramOf(r.Program), ContractJson.Options);

    public static async Task<ProgramDetail> SaveAsync(UnitOfWork work, string practice, Guid id, SaveProgramRequest r)
    {
        var version = await work.FirstOrDefaultAsync<long>(
            """
            insert into programs as p (id, practice, version, created_at) values (@id, @practice, 1, @Now)
            on conflict (id) do update set version = p.version + 1 returning version
            """,
            new
            {
                id,
                practice,
                work.Now,
            }
        );
        await work.ExecuteAsync(
            """
            insert into program_versions (program_id, version, title, topic, weeks, made_by, made_at)
            values (@id, @version, @title, @Topic, @weeks::jsonb, @AccountId, @Now)
            """,
            new
            {
                id,
                version,
                title = r.Title!.Trim(),
                r.Topic,
                weeks = JsonSerializer.Serialize(GroupRules.ProgramOf(r.Program), ContractJson.Options),
                work.Caller.AccountId,
                work.Now,
            }
        );
        work.Audit(
            "program.saved",
            reference: id,
            data: new
            {
                practice,
                version,
                weeks = r.Program!.Count,
            }
        );
        return (await FindAsync(work, practice, id))!;
    }

    private sealed record Row(Guid Id, string Practice, string Title, string Topic, string Weeks, long Version, DateTimeOffset ChangedAt)
    {
        public ProgramDetail Detail() =>
            new(Id, Practice, Title, Topic, JsonSerializer.Deserialize<List<ProgramWeek>>(Weeks, ContractJson.Options)!, Version, ChangedAt);
    }
}
