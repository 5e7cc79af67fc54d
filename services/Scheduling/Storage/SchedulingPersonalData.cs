using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>The data that the plan holds about a person: the groups they are enrolled in, and their calendar address.</summary>
public sealed class SchedulingPersonalData(Db db) : IPersonalData
{
    public async Task<JsonObject> ExportAsync(Guid account, CancellationToken ct) =>
        new()
        {
            ["groups"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<GroupRow>(
                    """
                    select e.group_id, g.name, g.practice, e.confirmed_at, e.ended_at from enrollments e left join groups g on g.id = e.group_id
                    where e.member_id = @account order by e.id
                    """,
                    new { account },
                    ct
                ),
                ContractJson.Options
            ),
            ["calendarAddress"] = JsonSerializer.SerializeToNode(
                await db.QueryAsync<FeedRow>("select created_at from calendar_feeds where account_id = @account", new { account }, ct),
                ContractJson.Options
            ),
        };

    public async Task<Erasure> EraseAsync(UnitOfWork work, Guid account, CancellationToken ct)
    {
        var feeds = await work.ExecuteAsync("delete from calendar_feeds where account_id = @account", new { account });
        var kept = (
            await work.FirstOrDefaultAsync<KeptRow>(
                """
                select (select count(*)::int from enrollments where member_id = @account) as enrollments,
                    (select count(*)::int from audit_entries where subject = @account or who = @who) as entries
                """,
                new { account, who = $"account:{account}" }
            )
        )!;
        return new Erasure(
            [new ErasedPart("calendar address", feeds)],
            [
                .. Retention.Keep("enrollments by number", kept.Enrollments, "clinical-record", work.Now),
                .. Retention.Keep("audit entries", kept.Entries, "audit-record", work.Now),
            ]
        );
    }

    public object Told(Guid erasureId, Guid account, Erasure done, DateTimeOffset at) => new PersonErased(erasureId, account, done.Erased, done.Kept, at);

    private sealed record GroupRow(Guid GroupId, string? Name, string? Practice, DateTimeOffset? ConfirmedAt, DateTimeOffset? EndedAt);

    private sealed record FeedRow(DateTimeOffset CreatedAt);

    private sealed record KeptRow(int Enrollments, int Entries);
}
