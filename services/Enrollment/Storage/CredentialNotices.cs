using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Finds credentials in force that end soon, and notes that it was told.</summary>
internal static class CredentialNotices
{
    /// <summary>Publishes each end once for the narrowest of 60, 30 and 7 days that it has come under.</summary>
    /// <returns>How many were published.</returns>
    public static async Task<int> PublishAsync(UnitOfWork work)
    {
        var ending = await work.QueryAsync<Row>(
            """
            with last as (select distinct on (id) id, facilitator_id, status, valid_to from credentials order by id, version desc),
            ending as (
                select id, facilitator_id, valid_to, case when valid_to - @today <= 7 then 7 when valid_to - @today <= 30 then 30 else 60 end as days
                from last where status = 'active' and valid_to between @today and @today + 60),
            told as (
                insert into credential_notices (credential_id, valid_to, days, at) select id, valid_to, days, @Now from ending
                on conflict do nothing returning credential_id, days)
            select e.id, e.facilitator_id, f.practices, e.valid_to, e.days
            from told t join ending e on e.id = t.credential_id join facilitators f on f.id = e.facilitator_id order by e.id
            """,
            new { today = DateOnly.FromDateTime(work.Now.UtcDateTime), work.Now }
        );
        foreach (var e in ending)
        {
            work.Publish(new CredentialEnding(e.FacilitatorId, e.Id, e.Practices, e.ValidTo, e.Days, work.Now));
        }

        return ending.Count;
    }

    private sealed record Row(Guid Id, Guid FacilitatorId, string[] Practices, DateOnly ValidTo, int Days);
}
