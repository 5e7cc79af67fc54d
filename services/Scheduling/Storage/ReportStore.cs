using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Writes what Enrollment reports. Older versions change nothing; a report may come before its group is known here, hence no foreign keys.</summary>
internal static class ReportStore
{
    public static Task SaveAsync(UnitOfWork work, FacilitatorCredentialChanged message) =>
        work.ExecuteAsync(
            """
            insert into facilitators (id, display_name, profession, practices, credentials, version)
            values (@FacilitatorId, @DisplayName, @Profession, @practices, @credentials, @Version)
            on conflict (id) do update set display_name = excluded.display_name, profession = excluded.profession,
                practices = excluded.practices, credentials = excluded.credentials, version = excluded.version
            where facilitators.version < excluded.version
            """,
            new
            {
                message.FacilitatorId,
                message.DisplayName,
                message.Profession,
                message.Version,
                practices = message.Practices.ToArray(),
                credentials = message.Credentials.ToArray(),
            }
        );

    public static Task SaveAsync(UnitOfWork work, EnrollmentConfirmed message) =>
        work.ExecuteAsync(
            """
            insert into enrollments (id, group_id, member_id, confirmed_at, version) values (@EnrollmentId, @GroupId, @MemberId, @At, @Version)
            on conflict (id) do update set confirmed_at = coalesce(enrollments.confirmed_at, excluded.confirmed_at),
                ended_at = case when excluded.version > enrollments.version then null else enrollments.ended_at end,
                version = greatest(enrollments.version, excluded.version)
            """,
            message
        );

    public static Task SaveAsync(UnitOfWork work, EnrollmentEnded message) =>
        work.ExecuteAsync(
            """
            insert into enrollments (id, group_id, member_id, ended_at, version) values (@EnrollmentId, @GroupId, @MemberId, @At, @Version)
            on conflict (id) do update set ended_at = excluded.ended_at, version = excluded.version
            where enrollments.version < excluded.version
            """,
            new
            {
                message.EnrollmentId,
                message.GroupId,
                message.MemberId,
                message.At,
                message.Version,
            }
        );

    public static Task SaveAsync(UnitOfWork work, SeatsChanged message) =>
        work.ExecuteAsync(
            """
            insert into seat_counts (group_id, capacity, taken, version) values (@GroupId, @Capacity, @Taken, @Version)
            on conflict (group_id) do update set capacity = excluded.capacity, taken = excluded.taken, version = excluded.version
            where seat_counts.version < excluded.version
            """,
            message
        );

    public static Task SaveAsync(UnitOfWork work, CoverageChanged message) =>
        work.ExecuteAsync(
            """
            insert into coverages (group_id, members, facilitators, version) values (@GroupId, @members::jsonb, @facilitators::jsonb, @Version)
            on conflict (group_id) do update set members = excluded.members, facilitators = excluded.facilitators, version = excluded.version
            where coverages.version < excluded.version
            """,
            new
            {
                message.GroupId,
                message.Version,
                members = JsonSerializer.Serialize(message.Members, ContractJson.Options),
                facilitators = JsonSerializer.Serialize(message.Facilitators, ContractJson.Options),
            }
        );

    /// <summary>Replaces all offers; practices and jurisdictions unknown here are skipped.</summary>
    public static async Task ReplaceAsync(UnitOfWork work, PracticeOffersChanged message)
    {
        if (
            await work.ExecuteAsync(
                "insert into offers_version (at) values (@At) on conflict (only_row) do update set at = excluded.at where offers_version.at < excluded.at",
                new { message.At }
            ) == 0
        )
        {
            return;
        }

        await work.ExecuteAsync("delete from practice_offers");
        foreach (var offer in message.Offers)
        {
            await work.ExecuteAsync(
                """
                insert into practice_offers (practice, service_class, jurisdiction)
                select @Practice, @ServiceClass, j.code from jurisdictions j where j.code = any(@places) and exists (select 1 from practices p
                    where p.id = @Practice)
                on conflict do nothing
                """,
                new
                {
                    offer.Practice,
                    offer.ServiceClass,
                    places = offer.Jurisdictions.ToArray(),
                }
            );
        }
    }
}
