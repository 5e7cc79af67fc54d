using System.ComponentModel.DataAnnotations;
using GroupTherapy.Audit;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A person who may lead groups: an account with the role, a profession, and the place the work is done from.</summary>
internal static class ListFacilitators
{
    /// <param name="Id">The account's id.</param>
    /// <param name="Location">Exact code of the jurisdiction the facilitator works from.</param>
    public sealed record Item(Guid Id, string DisplayName, string? Email, string Profession, string Location, IReadOnlyList<string> Practices);

    public sealed record NewFacilitator([Required] Guid? AccountId = null, [Required] string? Profession = null, [Required] string? Location = null);

    public static void MapFacilitators(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/facilitators", ListAsync)
            .For(Roles.Operator)
            .Sensitive("facilitators.listed")
            .Produces<Page<Item>>()
            .Describe("listFacilitators", Tag.Facilitators, "Facilitators of my practices");
        app.MapPost("/api/facilitators", AddAsync)
            .For(Roles.Operator)
            .Produces<Item>(201)
            .Describe("addFacilitator", Tag.Facilitators, "Make an account a facilitator")
            .Refuses(409, "already-facilitator");
    }

    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, AccountNames accounts, HttpContext http, CancellationToken ct)
    {
        var rows = await db.QueryAsync<Row>(
            """
            select id, display_name, profession, location, practices from facilitators
            where practices && @practices and (@after::uuid is null or id > @after) order by id limit @more
            """,
            new
            {
                practices = caller.PracticesAs(Roles.Operator),
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
        var cards = await accounts.FindAsync(http, [.. items.Select(r => r.Id)], ct);
        return TypedResults.Ok(
            new Page<Item>(
                [
                    .. items.Select(r => new Item(
                        r.Id,
                        r.DisplayName,
                        cards?.GetValueOrDefault(r.Id)?.Email,
                        r.Profession,
                        r.Location,
                        Shown(r.Practices, caller)
                    )),
                ],
                next
            )
        );
    }

    private static async Task<IResult> AddAsync(
        NewFacilitator request,
        HttpContext http,
        Writes writes,
        Caller caller,
        AccountNames accounts,
        RuleSetCache ruleSets,
        TimeProvider clock
    )
    {
        var rules = await ruleSets.InForceAsync(clock.GetUtcNow(), http.RequestAborted);
        var errors = new FieldErrors()
            .Check(rules.Document.Professions.Any(p => p.Code == request.Profession), "profession", "There is no such profession.")
            .Check(request.Location is not null && rules.IsJurisdiction(request.Location), "location", "The exact code of a place, such as US-DC.");
        var id = request.AccountId ?? Guid.Empty;
        var cards = await accounts.FindAsync(http, [id], http.RequestAborted);
        if (cards is null)
        {
            return Problem.TryAgain();
        }

        cards.TryGetValue(id, out var card);
        errors.Check(
            card is not null && card.FacilitatorIn.Any(p => caller.Is(Roles.Operator, p)),
            "accountId",
            "No facilitator of your practices has this account."
        );
        return errors.Any
            ? errors.ToProblem()
            : await writes.RunAsync(
                http,
                caller,
                request,
                async work =>
                {
                    var name = string.IsNullOrWhiteSpace(card!.DisplayName) ? "Facilitator" : card.DisplayName;
                    if (
                        await work.ExecuteAsync(
                            """
                            insert into facilitators (id, display_name, profession, location, practices, version, updated_at)
                            values (@id, @name, @Profession, @Location, @practices, 1, @Now) on conflict do nothing
                            """,
                            new
                            {
                                id,
                                name,
                                request.Profession,
                                request.Location,
                                practices = card.FacilitatorIn.ToArray(),
                                work.Now,
                            }
                        ) == 0
                    )
                    {
                        return Reply.Refused(new Problem(409, "already-facilitator", "This account is a facilitator already."));
                    }

                    await StaffStore.SaveAsync(work, id, [.. card.FacilitatorIn], card.Version);
                    work.Audit("facilitator.added", id, data: new { request.Profession, request.Location });
                    await FacilitatorCard.PublishAsync(work, id);
                    return Reply.Created(
                        $"/api/facilitators/{id}",
                        new Item(id, name, card.Email, request.Profession!, request.Location!, Shown(card.FacilitatorIn, caller))
                    );
                }
            );
    }

    // Another practice's operators do not learn for which other practices a facilitator works.
    private static IReadOnlyList<string> Shown(IReadOnlyList<string> practices, Caller caller) => [.. practices.Where(p => caller.Is(Roles.Operator, p))];

    private sealed record Row(Guid Id, string DisplayName, string Profession, string Location, string[] Practices);
}
