using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>The data that Enrollment holds about a person: profile, residences, seats, consents, intakes, decisions and overrides.</summary>
internal sealed class EnrollmentPersonalData(Db db, SeatExecutor seats) : IPersonalData
{
    private const string NoName = "Erased";

    public async Task<JsonObject> ExportAsync(Guid account, CancellationToken ct)
    {
        var args = new { account };
        return new JsonObject
        {
            ["profile"] = Json(
                await db.QueryAsync<ProfileRow>(
                    """
                    select legal_name, date_of_birth, phone, time_zone, language, contact_name, contact_phone, contact_relation, updated_at
                    from members where id = @account
                    """,
                    args,
                    ct
                )
            ),
            ["residences"] = Json(
                await db.QueryAsync<ResidenceRow>(
                    """
                    select jurisdiction, since, line1, city, state, postal_code, country, evidence, recorded_at from residences
                    where member_id = @account order by recorded_at
                    """,
                    args,
                    ct
                )
            ),
            ["seats"] = Json(
                await db.QueryAsync<SeatRow>(
                    """
                    select e.id, e.group_id, g.name as group_name, g.practice, e.status, e.end_reason, e.note, e.created_at, e.changed_at
                    from enrollments e join seat_groups g using (group_id) where e.member_id = @account order by e.created_at
                    """,
                    args,
                    ct
                )
            ),
            ["consents"] = Json(
                await db.QueryAsync<ConsentRow>(
                    """
                    select c.enrollment_id, c.document, c.version, d.title, c.given_at from consents c join consent_documents d using (document, version)
                    where c.member_id = @account order by c.given_at
                    """,
                    args,
                    ct
                )
            ),
            ["intakes"] = Json(
                await db.QueryAsync<IntakeRow>("select practice, done_on, note from intakes where member_id = @account order by done_on", args, ct)
            ),
            ["decisions"] = Json(
                (
                    await db.QueryAsync<DecisionRow>(
                        """
                        select id, point, at, practice, group_id, session_id, outcome, answer, rule_set from decisions where member_id = @account
                        order by id desc limit 5000
                        """,
                        args,
                        ct
                    )
                ).Select(d => new
                {
                    d.Id,
                    d.Point,
                    d.At,
                    d.Practice,
                    d.GroupId,
                    d.SessionId,
                    d.Outcome,
                    d.RuleSet,
                    reasons = JsonNode.Parse(d.Answer)?["reasons"],
                })
            ),
            ["overrides"] = Json(
                await db.QueryAsync<OverrideRow>(
                    "select session_id, point, expires_at, asked_at from overrides where member_id = @account order by asked_at",
                    args,
                    ct
                )
            ),
        };
    }

    public async Task<Erasure> EraseAsync(UnitOfWork work, Guid account, CancellationToken ct)
    {
        // Each seat is given up as the member would do it, so that it is offered on and the other services learn of it.
        foreach (
            var live in await db.QueryAsync<LiveRow>(
                "select id, group_id from enrollments where member_id = @account and status <> 'ended'",
                new { account },
                ct
            )
        )
        {
            await seats.RunAsync(new SeatRequest(Caller.System("erasure"), live.GroupId, new CancelEnrollment(live.Id, null)), ct);
        }

        var kept = (
            await work.FirstOrDefaultAsync<KeptRow>(
                """
                select (select count(*)::int from enrollments where member_id = @account) as enrollments,
                    (select count(*)::int from consents where member_id = @account) as consents,
                    (select count(*)::int from intakes where member_id = @account) as intakes,
                    (select count(*)::int from decisions where member_id = @account) as decisions,
                    (select count(*)::int from overrides where member_id = @account) as overrides,
                    (select count(*)::int from residences where member_id = @account) as residences,
                    (select count(*)::int from audit_entries where subject = @account or who = @who) as entries,
                    coalesce((select max(changed_at) from enrollments where member_id = @account), @Now) as last
                """,
                new
                {
                    account,
                    who = $"account:{account}",
                    work.Now,
                }
            )
        )!;
        // Without a decision there is nothing to account for later: then nothing has to stay.
        var neverAsked = kept is { Enrollments: 0, Decisions: 0 };
        var addresses = await work.FirstOrDefaultAsync<int>("select erase_residences(@account, @neverAsked)", new { account, neverAsked });
        var profile =
            await work.ExecuteAsync("delete from members where id = @account and @neverAsked", new { account, neverAsked })
            + await work.ExecuteAsync(
                """
                update members set legal_name = @NoName, phone = '', time_zone = null, language = null, contact_name = @NoName, contact_phone = '',
                    contact_relation = '', date_of_birth = date_trunc('year', date_of_birth)::date, updated_at = @Now
                where id = @account and legal_name <> @NoName
                """,
                new
                {
                    account,
                    NoName,
                    work.Now,
                }
            );
        var notes = await work.ExecuteAsync("update enrollments set note = null where member_id = @account and note is not null", new { account });
        return new Erasure(
            [new ErasedPart("profile", profile), new ErasedPart("addresses", addresses), new ErasedPart("own words on leaving", notes)],
            [
                .. Retention.Keep("decisions", kept.Decisions, "licensing-record", kept.Last),
                .. Retention.Keep("jurisdictions lived in", neverAsked ? 0 : kept.Residences, "licensing-record", kept.Last),
                .. Retention.Keep("overrides", kept.Overrides, "licensing-record", kept.Last),
                .. Retention.Keep("enrollments", kept.Enrollments, "clinical-record", kept.Last),
                .. Retention.Keep("consents", kept.Consents, "clinical-record", kept.Last),
                .. Retention.Keep("intake talks", kept.Intakes, "clinical-record", kept.Last),
                .. Retention.Keep("audit entries", kept.Entries, "audit-record", work.Now),
            ]
        );
    }

    public object Told(Guid erasureId, Guid account, Erasure done, DateTimeOffset at) => new PersonErased(erasureId, account, done.Erased, done.Kept, at);

    private static JsonNode? Json<T>(IEnumerable<T> rows) => JsonSerializer.SerializeToNode(rows, ContractJson.Options);

    private sealed record ProfileRow(
        string LegalName,
        DateOnly DateOfBirth,
        string Phone,
        string? TimeZone,
        string? Language,
        string ContactName,
        string ContactPhone,
        string ContactRelation,
        DateTimeOffset UpdatedAt
    );

    private sealed record ResidenceRow(
        string Jurisdiction,
        DateOnly? Since,
        string? Line1,
        string? City,
        string? State,
        string? PostalCode,
        string? Country,
        string? Evidence,
        DateTimeOffset RecordedAt
    );

    private sealed record SeatRow(
        Guid Id,
        Guid GroupId,
        string? GroupName,
        string Practice,
        string Status,
        string? EndReason,
        string? Note,
        DateTimeOffset CreatedAt,
        DateTimeOffset ChangedAt
    );

    private sealed record ConsentRow(Guid EnrollmentId, string Document, int Version, string Title, DateTimeOffset GivenAt);

    private sealed record IntakeRow(string Practice, DateOnly DoneOn, string? Note);

    private sealed record DecisionRow(
        Guid Id,
        string Point,
        DateTimeOffset At,
        string Practice,
        Guid? GroupId,
        Guid? SessionId,
        string Outcome,
        string Answer,
        int RuleSet
    );

    private sealed record OverrideRow(Guid SessionId, string Point, DateTimeOffset ExpiresAt, DateTimeOffset AskedAt);

    private sealed record LiveRow(Guid Id, Guid GroupId);

    private sealed record KeptRow(int Enrollments, int Consents, int Intakes, int Decisions, int Overrides, int Residences, int Entries, DateTimeOffset Last);
}
