using System.Text.Json;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes practices, with the audit entry and the event of each change.</summary>
internal static class PracticeStore
{
    private const string Columns =
        "id, display_name, time_zone, topics, policies::text as policies, contact::text as contact, crisis_lines::text as crisis_lines, "
        + "consent_documents::text as consent_documents, version";

    /// <param name="after">Null for the first page.</param>
    public static async Task<IReadOnlyList<Practice>> ListAsync(Db db, string[] ids, string? after, int limit, CancellationToken ct) =>
        [
            .. (
                await db.QueryAsync<Row>(
                    $"select {Columns} from practices where id = any(@ids) and (@after::text is null or id > @after) order by id limit @limit",
                    new
                    {
                        ids,
                        after,
                        limit,
                    },
                    ct
                )
            ).Select(r => r.Practice),
        ];

    public static async Task<Practice?> FindAsync(UnitOfWork work, string id) =>
        (await work.FirstOrDefaultAsync<Row>($"select {Columns} from practices where id = @id", new { id }))?.Practice;

    public static async Task<Practice?> LockAsync(UnitOfWork work, string id) =>
        (await work.FirstOrDefaultAsync<Row>($"select {Columns} from practices where id = @id for no key update", new { id }))?.Practice;

    /// <returns>False when there is one with this id.</returns>
    public static async Task<bool> AddAsync(UnitOfWork work, string id, string name)
    {
        if (
            await work.ExecuteAsync(
                "insert into practices (id, display_name, time_zone) values (@id, @name, @zone) on conflict do nothing",
                new
                {
                    id,
                    name,
                    zone = PracticeDefaults.TimeZone,
                }
            ) == 0
        )
        {
            return false;
        }

        await AnnounceAsync(work, (await FindAsync(work, id))!, "practice.added");
        return true;
    }

    public static async Task<Practice> SaveAsync(UnitOfWork work, Practice practice)
    {
        await work.ExecuteAsync(
            """
            update practices set display_name = @Name, time_zone = @TimeZone, topics = @topics, policies = @policies::jsonb, contact = @contact::jsonb,
                crisis_lines = @lines::jsonb, consent_documents = @consents::jsonb, version = version + 1
            where id = @Id
            """,
            new
            {
                practice.Id,
                practice.Name,
                practice.TimeZone,
                topics = practice.Topics.ToArray(),
                policies = Text(practice.Policies),
                contact = Text(practice.Contact),
                lines = Text(practice.CrisisLines),
                consents = Text(practice.ConsentDocuments),
            }
        );
        var saved = (await FindAsync(work, practice.Id))!;
        await AnnounceAsync(work, saved, "practice.changed");
        return saved;
    }

    private static async Task AnnounceAsync(UnitOfWork work, Practice p, string act)
    {
        work.Audit(act, data: new { practice = p.Id, p.Version });
        work.Publish(new PracticeChanged(p.Id, p.Name, p.TimeZone, p.CrisisLines, p.ConsentDocuments, p.Version, work.Now));
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, ContractJson.Options);

    private static T Read<T>(string? text, T otherwise) => text is null ? otherwise : JsonSerializer.Deserialize<T>(text, ContractJson.Options)!;

    private sealed record Row(
        string Id,
        string DisplayName,
        string TimeZone,
        string[]? Topics,
        string? Policies,
        string? Contact,
        string? CrisisLines,
        string? ConsentDocuments,
        long Version
    )
    {
        public Practice Practice =>
            new(
                Id,
                DisplayName,
                TimeZone,
                Topics ?? PracticeDefaults.Topics,
                Read(Policies, PracticeDefaults.Policies),
                Read(Contact, PracticeDefaults.Contact),
                Read(CrisisLines, PracticeDefaults.CrisisLines),
                Read(ConsentDocuments, PracticeDefaults.ConsentDocuments),
                Version
            );
    }
}
