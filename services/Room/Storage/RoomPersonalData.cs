using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>The data that rooms hold about a person: their locations and times, their aliases and texts, and disclosures about them.</summary>
public sealed class RoomPersonalData(Db db, RoomKeys keys) : IPersonalData
{
    private const string NoName = "Former member";
    private static readonly TimeSpan AskAgain = TimeSpan.FromMinutes(1);

    public async Task<JsonObject> ExportAsync(Guid account, CancellationToken ct)
    {
        var sessions = await db.QueryAsync<SessionRow>(
            """
            select s.session_id, p.participant_id, s.starts_at, s.practice, p.alias, p.role, p.jurisdiction, p.attested_at, p.alone, p.address, s.wrapped_key
            from participants p join sessions s using (session_id) where p.account_id = @account order by s.starts_at
            """,
            new { account },
            ct
        );
        var written = await db.QueryAsync<MessageRow>(
            """
            select e.session_id, e.stream, e.at, e.sealed from room_events e join participants p on p.session_id = e.session_id and p.participant_id = e.by_id
            where p.account_id = @account and e.kind = 'message.posted' and e.sealed is not null order by e.at
            """,
            new { account },
            ct
        );
        var disclosed = await db.QueryAsync<DisclosureRow>(
            """
            select d.session_id, d.at, d.by_name, d.given, d.opening_id is not null as break_glass from disclosures d
            where d.member_id = @account and (d.shown_from is null or d.shown_from <= @now) order by d.at
            """,
            new { account, now = db.Clock.GetUtcNow() },
            ct
        );
        var byId = sessions.ToDictionary(s => s.SessionId, s => keys.Unwrap(s.SessionId, s.WrappedKey));
        return new JsonObject
        {
            ["sessions"] = Json(
                sessions.Select(s => new
                {
                    s.SessionId,
                    s.StartsAt,
                    s.Practice,
                    s.Alias,
                    s.Role,
                    s.Jurisdiction,
                    s.AttestedAt,
                    s.Alone,
                    address = s.Address is { } box ? byId[s.SessionId]?.OpenText("addresses", box) : null,
                })
            ),
            ["messages"] = Json(
                written.Select(m => new
                {
                    m.SessionId,
                    m.At,
                    text = TextOf(m, byId.GetValueOrDefault(m.SessionId)),
                })
            ),
            ["disclosures"] = Json(
                disclosed.Select(d => new
                {
                    d.SessionId,
                    d.At,
                    by = d.ByName,
                    d.Given,
                    d.BreakGlass,
                })
            ),
            ["groupsOpenedInEmergencies"] = Json(
                await db.QueryAsync<OpeningRow>("select group_id, practice, at from break_glass_openings where by_account = @account", new { account }, ct)
            ),
        };
    }

    public async Task<Erasure> EraseAsync(UnitOfWork work, Guid account, CancellationToken ct)
    {
        if (
            await work.FirstOrDefaultAsync<bool>(
                """
                select exists (select 1 from participants p join sessions s using (session_id)
                    where p.account_id = @account and s.phase in ('lobby', 'live', 'held'))
                """,
                new { account }
            )
        )
        {
            return new Erasure([], [], work.Now + AskAgain);
        }

        var messages = await work.FirstOrDefaultAsync<int>("select erase_from_rooms(@account, @NoName)", new { account, NoName });
        var people = await work.ExecuteAsync(
            "update participants set alias = @NoName, address = null, alone = null where account_id = @account and alias is distinct from @NoName",
            new { account, NoName }
        );
        var tickets = await work.ExecuteAsync("delete from tickets where account_id = @account", new { account });
        await work.ExecuteAsync(
            "delete from posts o using participants p where p.account_id = @account and o.session_id = p.session_id and o.participant_id = p.participant_id",
            new { account }
        );
        var kept = (
            await work.FirstOrDefaultAsync<KeptRow>(
                """
                select (select count(*)::int from participants where account_id = @account) as attendances,
                    (select count(*)::int from join_decisions d join participants p using (session_id, participant_id)
                        where p.account_id = @account) as decisions,
                    (select count(*)::int from disclosures where member_id = @account) as disclosures,
                    (select count(*)::int from break_glass_openings where by_account = @account) as openings,
                    (select count(*)::int from audit_entries where subject = @account or who = @who) as entries,
                    coalesce((select max(s.ends_at) from participants p join sessions s using (session_id) where p.account_id = @account), @Now) as last
                """,
                new
                {
                    account,
                    who = $"account:{account}",
                    work.Now,
                }
            )
        )!;
        return new Erasure(
            [new ErasedPart("messages", messages), new ErasedPart("names and addresses in sessions", people), new ErasedPart("tickets", tickets)],
            [
                .. Retention.Keep("attendance", kept.Attendances, "clinical-record", kept.Last),
                .. Retention.Keep("decisions at the door", kept.Decisions, "licensing-record", kept.Last),
                .. Retention.Keep("disclosures", kept.Disclosures, "clinical-record", kept.Last),
                .. Retention.Keep("groups opened in emergencies", kept.Openings, "clinical-record", work.Now),
                .. Retention.Keep("audit entries", kept.Entries, "audit-record", work.Now),
            ]
        );
    }

    public object Told(Guid erasureId, Guid account, Erasure done, DateTimeOffset at) => new PersonErased(erasureId, account, done.Erased, done.Kept, at);

    private static string? TextOf(MessageRow message, SessionKey? key) =>
        key is null ? null : (string?)JsonNode.Parse(key.Open(message.Stream, message.Sealed))?["text"];

    private static JsonNode? Json<T>(IEnumerable<T> rows) => JsonSerializer.SerializeToNode(rows, ContractJson.Options);

    private sealed record SessionRow(
        Guid SessionId,
        Guid ParticipantId,
        DateTimeOffset StartsAt,
        string Practice,
        string? Alias,
        string Role,
        string? Jurisdiction,
        DateTimeOffset? AttestedAt,
        bool? Alone,
        byte[]? Address,
        byte[]? WrappedKey
    );

    private sealed record MessageRow(Guid SessionId, string Stream, DateTimeOffset At, byte[] Sealed);

    private sealed record DisclosureRow(Guid SessionId, DateTimeOffset At, string ByName, string[] Given, bool BreakGlass);

    private sealed record OpeningRow(Guid GroupId, string Practice, DateTimeOffset At);

    private sealed record KeptRow(int Attendances, int Decisions, int Disclosures, int Openings, int Entries, DateTimeOffset Last);
}
