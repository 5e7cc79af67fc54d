using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>Replaces what the catalogue shows as offered. An older event changes nothing; practices and jurisdictions unknown here are skipped.</summary>
public sealed class ReplaceOffersWhenPracticeOffersChanged(Db db) : TransactionalConsumer<PracticeOffersChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, PracticeOffersChanged message, CancellationToken ct)
    {
        if (await work.ExecuteAsync(
            "insert into offers_version (at) values (@At) on conflict (only_row) do update set at = excluded.at where offers_version.at < excluded.at",
                new { message.At }) == 0)
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
                """, new { offer.Practice, offer.ServiceClass, places = offer.Jurisdictions.ToArray() });
        }
    }
}
