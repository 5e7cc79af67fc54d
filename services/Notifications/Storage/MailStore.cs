using System.Text.Json;
using System.Text.Json.Serialization;
using GroupTherapy.Calendar;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <summary>A mail to be made.</summary>
/// <param name="Key">Its business key: a second mail with it is never made.</param>
/// <param name="UsefulUntil">Later than this it is dropped.</param>
public sealed record NewMail(MailKind Kind, string Key, Guid? AccountId, string? Practice, MailFacts Facts, DateTimeOffset DueAt, DateTimeOffset UsefulUntil);

/// <summary>A mail whose time has come, with everything that decides about it.</summary>
public sealed record DueMail(
    Guid Id,
    MailKind? Kind,
    Guid? AccountId,
    MailFacts Facts,
    string State,
    int Attempts,
    DateTimeOffset UsefulUntil,
    SubjectState Subject,
    Preferences Person,
    CalendarEntry? Calendar
);

/// <summary>The table <c>mails</c>: makes mails, and moves them from state to state.</summary>
public static class MailStore
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    private const string Due = """
        select m.id, m.kind, m.account_id, m.facts::text as facts, m.state, m.attempts, m.useful_until,
            coalesce(s.cancelled, false) as cancelled, coalesce(s.time_version, 0) as time_version,
            coalesce(m.account_id = any(s.staff), false) or exists (
                select 1 from seat_sessions t where t.member_id = m.account_id and t.session_id = s.id and t.ended_at is null) as takes,
            coalesce(s.uncovered, false) as uncovered,
            coalesce(a.away, false) as away, e.status as enrollment_status, g.lets_in, coalesce(r.at_risk, false) as at_risk,
            p.account_id is not null as has_own, p.language, p.time_zone, p.quiet_from, p.quiet_to, p."off",
            f.language as profile_language, f.time_zone as profile_zone, coalesce(m.facts ->> 'timeZone', pr.time_zone) as other_zone,
            s.id as session_id, s.starts_at, s.ends_at, s.time_zone as session_zone, s.sequence, s.replanned_at, s.venue
        from mails m
        left join sessions s on s.id = (m.facts ->> 'sessionId')::uuid
        left join enrollments e on e.id = (m.facts ->> 'enrollmentId')::uuid
        left join eligibility g on g.enrollment_id = (m.facts ->> 'enrollmentId')::uuid and g.session_id = (m.facts ->> 'sessionId')::uuid
        left join seats_at_risk r on r.enrollment_id = (m.facts ->> 'enrollmentId')::uuid
        left join absences a on a.session_id = s.id and a.account_id = m.account_id
        left join preferences p on p.account_id = m.account_id
        left join profiles f on f.account_id = m.account_id
        left join practices pr on pr.id = m.practice
        """;

    /// <summary>Makes mails and schedules them, in the caller's transaction.</summary>
    /// <returns>How many were new.</returns>
    public static async Task<int> AddAsync(UnitOfWork work, IReadOnlyCollection<NewMail> mails)
    {
        if (mails.Count == 0)
        {
            return 0;
        }

        // In one order, so that two transactions with the same keys do not deadlock.
        var rows = mails.OrderBy(m => m.Key, StringComparer.Ordinal).ToArray();
        var made = await work.FirstOrDefaultAsync<int>(
            $"""
            with made as (
                insert into mails (id, kind, business_key, account_id, practice, facts, state, created_at, due_at, useful_until, changed_at)
                select id, kind, key, account, practice, facts::jsonb, '{MailState.Waiting}', @Now, due, until, @Now
                from unnest(@ids, @kinds, @keys, @accounts, @practices, @facts, @dues, @untils)
                    as m (id, kind, key, account, practice, facts, due, until)
                on conflict (business_key) do nothing returning id, due_at),
            scheduled as (
                insert into due_work (kind, key, due_at, next_attempt_at) select '{ScheduledWork.SendMail}', id::text, due_at, due_at from made returning 1)
            select count(*)::int from scheduled
            """,
            new
            {
                work.Now,
                ids = rows.Select(_ => work.NewId()).ToArray(),
                kinds = rows.Select(m => m.Kind.Code).ToArray(),
                keys = rows.Select(m => m.Key).ToArray(),
                accounts = rows.Select(m => m.AccountId).ToArray(),
                practices = rows.Select(m => m.Practice).ToArray(),
                facts = rows.Select(m => JsonSerializer.Serialize(m.Facts, Json)).ToArray(),
                dues = rows.Select(m => m.DueAt.UtcDateTime).ToArray(),
                untils = rows.Select(m => m.UsefulUntil.UtcDateTime).ToArray(),
            }
        );
        work.WakeAfterCommit(ScheduledWork.SendMail, rows.Min(m => m.DueAt));
        return made;
    }

    /// <summary>Whether the mail with this business key went out, or may have.</summary>
    public static async Task<bool> WentOutAsync(UnitOfWork work, string key) =>
        await work.FirstOrDefaultAsync<bool>(
            $"""
            select exists (select 1 from mails where business_key = @key and state in ('{MailState.Sending}', '{MailState.Sent}', '{MailState.InDoubt}'))
            """,
            new { key }
        );

    /// <summary>Those of the mails that are not settled.</summary>
    public static async Task<IReadOnlyList<DueMail>> DueAsync(Db db, Guid[] ids, CancellationToken ct) =>
        [
            .. (
                await db.QueryAsync<Row>($"{Due} where m.id = any(@ids) and m.state in ('{MailState.Waiting}', '{MailState.Sending}')", new { ids }, ct)
            ).Select(r => r.Mail),
        ];

    /// <summary>Takes a mail for sending. From here on a process that dies leaves it in doubt.</summary>
    /// <param name="address">Hash of where it goes, by which a mail that comes back later is noted.</param>
    /// <returns>The facts of mails that go out with it; null when it is settled meanwhile.</returns>
    public static async Task<IReadOnlyList<DueMail>?> BeginAsync(UnitOfWork work, DueMail mail, byte[] address)
    {
        if (
            await work.ExecuteAsync(
                $"""
                update mails set state = '{MailState.Sending}', attempts = attempts + 1, address_hash = @address, changed_at = @Now
                where id = @Id and state in ('{MailState.Waiting}', '{MailState.Sending}')
                """,
                new
                {
                    mail.Id,
                    address,
                    work.Now,
                }
            ) == 0
        )
        {
            return null;
        }

        if (mail.Kind?.Merges != true)
        {
            return [];
        }

        await work.ExecuteAsync(
            $"""
            update mails set state = '{MailState.Merged}', merged_into = @Id, changed_at = @Now where id in (
                select id from mails where account_id = @AccountId and kind = @kind and state = '{MailState.Waiting}' and id <> @Id
                    and facts ->> 'groupId' = @group order by id for update skip locked)
            """,
            new
            {
                mail.Id,
                mail.AccountId,
                kind = mail.Kind.Code,
                group = mail.Facts.GroupId?.ToString(),
                work.Now,
            }
        );
        return [.. (await work.QueryAsync<Row>($"{Due} where m.merged_into = @Id", new { mail.Id })).Select(r => r.Mail)];
    }

    /// <summary>A mail is settled: it will not be looked at again.</summary>
    public static Task SettleAsync(UnitOfWork work, Guid id, string state, string? error) =>
        work.ExecuteAsync(
            "update mails set state = @state, error = @error, changed_at = @Now where id = @id",
            new
            {
                id,
                state,
                error,
                work.Now,
            }
        );

    /// <summary>A mail that is not sent after all gives back those that were to go out with it: each may still be wanted by itself.</summary>
    public static async Task ReleaseMergedAsync(UnitOfWork work, Guid id)
    {
        foreach (
            var released in await work.QueryAsync<Guid>(
                $"""
                update mails set state = '{MailState.Waiting}', merged_into = null, due_at = @Now, changed_at = @Now
                where merged_into = @id and state = '{MailState.Merged}' returning id
                """,
                new { id, work.Now }
            )
        )
        {
            work.Schedule(ScheduledWork.SendMail, released.ToString(), work.Now);
        }
    }

    /// <summary>A mail that a server had taken came back. Told twice, the second changes nothing.</summary>
    /// <param name="isOfAddress">Its address takes no mails any more.</param>
    /// <returns>False where there is no such mail.</returns>
    public static async Task<bool> ReturnAsync(UnitOfWork work, Guid id, string code, bool isOfAddress)
    {
        if (
            await work.FirstOrDefaultAsync<Returned>(
                "select account_id, address_hash, state from mails where id = @id and address_hash is not null for update",
                new { id }
            )
            is not { } mail
        )
        {
            return false;
        }

        if (mail.State is MailState.Sent or MailState.InDoubt)
        {
            await SettleAsync(work, id, MailState.Bounced, code);
            if (isOfAddress)
            {
                await NoteBounceAsync(work, mail.AddressHash, mail.AccountId, code, late: true);
            }
        }

        return true;
    }

    private sealed record Returned(Guid? AccountId, byte[] AddressHash, string State);

    public static Task NamePracticeAsync(UnitOfWork work, Guid id, string practice, Guid? account) =>
        work.ExecuteAsync(
            "update mails set practice = @practice, account_id = @account where id = @id",
            new
            {
                id,
                practice,
                account,
            }
        );

    /// <summary>A mail was not sent and is tried again.</summary>
    public static async Task PostponeAsync(UnitOfWork work, Guid id, DateTimeOffset until, string error)
    {
        await work.ExecuteAsync(
            $"update mails set state = '{MailState.Waiting}', error = @error, due_at = @until, changed_at = @Now where id = @id",
            new
            {
                id,
                error,
                until,
                work.Now,
            }
        );
        work.Schedule(ScheduledWork.SendMail, id.ToString(), until);
    }

    /// <summary>Notes that a server refused the address for good.</summary>
    /// <param name="late">Some time after it had taken the mail.</param>
    public static Task NoteBounceAsync(UnitOfWork work, byte[] address, Guid? account, string code, bool late = false) =>
        work.ExecuteAsync(
            """
            insert into bounces (address_hash, account_id, code, late, at) values (@address, @account, @code, @late, @Now)
            on conflict (address_hash) do update set account_id = excluded.account_id, code = excluded.code, late = excluded.late, at = excluded.at
            """,
            new
            {
                address,
                account,
                code,
                late,
                work.Now,
            }
        );

    /// <summary>An address that took a mail is good again, unless it had taken others that came back.</summary>
    public static Task ForgetBounceAsync(UnitOfWork work, byte[] address) =>
        work.ExecuteAsync("delete from bounces where address_hash = @address and not late", new { address });

    /// <returns>The addresses among these that were refused since <paramref name="since"/>.</returns>
    public static Task<IReadOnlyList<byte[]>> BouncedAsync(Db db, byte[][] addresses, DateTimeOffset since, CancellationToken ct) =>
        db.QueryAsync<byte[]>("select address_hash from bounces where address_hash = any(@addresses) and at > @since", new { addresses, since }, ct);

    /// <summary>Removes settled mails and bounces that are older than the log is kept.</summary>
    public static async Task<int> RemoveOldAsync(UnitOfWork work, DateTimeOffset before) =>
        await work.ExecuteAsync(
            $"""
            delete from bounces where at < @before;
            delete from mails where id in (select id from mails where created_at < @before and state not in ('{MailState.Waiting}', '{MailState.Sending}')
                order by created_at limit 5000)
            """,
            new { before }
        );

    internal static MailFacts FactsOf(string json) => JsonSerializer.Deserialize<MailFacts>(json, Json)!;

    private sealed record Row(
        Guid Id,
        string Kind,
        Guid? AccountId,
        string Facts,
        string State,
        int Attempts,
        DateTimeOffset UsefulUntil,
        bool Cancelled,
        long TimeVersion,
        bool Takes,
        bool Uncovered,
        bool Away,
        string? EnrollmentStatus,
        bool? LetsIn,
        bool AtRisk,
        bool HasOwn,
        string? Language,
        string? TimeZone,
        string? QuietFrom,
        string? QuietTo,
        string[]? Off,
        string? ProfileLanguage,
        string? ProfileZone,
        string? OtherZone,
        Guid? SessionId,
        DateTimeOffset? StartsAt,
        DateTimeOffset? EndsAt,
        string? SessionZone,
        int? Sequence,
        DateTimeOffset? ReplannedAt,
        string? Venue
    )
    {
        public DueMail Mail =>
            new(
                Id,
                MailKinds.Find(Kind),
                AccountId,
                FactsOf(Facts),
                State,
                Attempts,
                UsefulUntil,
                new SubjectState(Cancelled, TimeVersion, Takes, Away, EnrollmentStatus, LetsIn, AtRisk, Uncovered),
                PreferenceRules.Resolve(
                    HasOwn ? new StoredPreferences(Language, TimeZone, QuietFrom, QuietTo, Off) : null,
                    new StoredPreferences(ProfileLanguage, ProfileZone, null, null, null),
                    OtherZone
                ),
                SessionId is { } session
                    ? new CalendarEntry(session, StartsAt!.Value, EndsAt!.Value, SessionZone!, Cancelled, Sequence ?? 0, ReplannedAt!.Value, Venue)
                    : null
            );
    }
}
