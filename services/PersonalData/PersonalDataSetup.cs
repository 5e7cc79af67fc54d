using System.Text.Json.Nodes;
using GroupTherapy.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.PersonalData;

public static class PersonalDataSetup
{
    /// <summary>Lets the service answer export and erasure. Erasure also needs a consumer of one line that derives from
    /// <see cref="EraseWhenRequested"/>.</summary>
    public static IServiceCollection AddPersonalData<T>(this IServiceCollection services)
        where T : class, IPersonalData => services.AddSingleton<IPersonalData, T>().AddDueWork<ErasePerson>();

    /// <summary><c>GET /internal/me/export</c>: what this service holds of the caller, and what its record says of them. Only the person can ask.</summary>
    public static void MapPersonalData(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/internal/me/export",
                async (IPersonalData data, Db db, Caller caller, CancellationToken ct) =>
                {
                    var sections = await data.ExportAsync(caller.AccountId, ct);
                    var entries = await db.QueryAsync<Entry>(
                        "select at, act from audit_entries where subject = @AccountId or who = @Who order by id desc limit @Most",
                        new
                        {
                            caller.AccountId,
                            caller.Who,
                            Most,
                        },
                        ct
                    );
                    sections["record"] = new JsonArray([
                        .. entries.Select(e => (JsonNode)new JsonObject { ["at"] = InstantConverter.Text(e.At), ["act"] = e.Act }),
                    ]);
                    return TypedResults.Ok(sections);
                }
            )
            .ForSignedIn()
            .Sensitive("person.exported")
            .ExcludeFromDescription();

    private const int Most = 10_000;

    private sealed record Entry(DateTimeOffset At, string Act);
}
