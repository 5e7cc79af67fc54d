using GroupTherapy.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Platform.Tests.Toys;

/// <summary>The smallest service there can be: makes things and lists them.</summary>
public static class ToyApp
{
    public const string Service = "alpha";

    public sealed record Inside(int Depth);

    public sealed record MakeThing(string Label, int? Count = null, DateTimeOffset? At = null, Inside? Inside = null);

    public sealed record Thing(Guid Id, string Label);

    public static WebApplication Build(Action<WebApplicationBuilder> adjust)
    {
        var builder = PlatformApp.CreateBuilder([], Service, adjust);
        builder.AddPlatformDatabase();
        builder.AddAudit();
        builder.AddInternalAuthentication(Service);

        var app = builder.BuildPlatform();
        app.MapPost("/api/things", MakeAsync).ForSignedIn();
        app.MapGet("/api/things", ListAsync).ForSignedIn();
        app.MapGet(
                "/api/things/{id:guid}",
                async (Guid id, Db db) =>
                    await db.FirstOrDefaultAsync<Thing>("select id, label from things where id = @id", new { id }) is { } thing
                        ? TypedResults.Ok(thing)
                        : (IResult)Problem.NotFound()
            )
            .ForSignedIn()
            .Sensitive("thing.read");
        app.MapGet("/api/for-operators", () => TypedResults.Ok("come in")).For("operator");
        app.MapGet("/api/for-nobody", () => TypedResults.Ok("come in"));
        var sight = new Oversight("select cardinality(@practices) = 1", "operator");
        app.MapAudit(Service, sight);
        app.MapWork(Service, sight);
        return app;
    }

    private static async Task<IResult> MakeAsync(MakeThing request, HttpContext http, Caller caller, Writes writes)
    {
        var errors = new FieldErrors().Text(request.Label, "label", 100);
        return errors.Any
            ? errors.ToProblem()
            : await writes.RunAsync(
                http,
                caller,
                request,
                async work =>
                {
                    var id = work.NewId();
                    await work.ExecuteAsync(
                        "insert into things (id, label, made_at) values (@id, @Label, @Now)",
                        new
                        {
                            id,
                            request.Label,
                            work.Now,
                        }
                    );
                    work.Audit("thing.made", caller.AccountId, id, new { request.Count });
                    work.Publish(new ThingMade(id, request.Label));
                    return await work.FirstOrDefaultAsync<string>("select act from rules where label = @Label", new { request.Label }) switch
                    {
                        "refuse" => Reply.Refused(new Problem(409, "not-now", "Not now.")),
                        "refuse on record" => Reply.RefusedAndStored(new Problem(403, "not-ever", "Not ever.")),
                        "throw" => throw new InvalidOperationException("the secret of the house"),
                        _ => Reply.Created($"/api/things/{id}", new Thing(id, request.Label)),
                    };
                }
            );
    }

    private static async Task<IResult> ListAsync(Db db, Paging page)
    {
        var rows = await db.QueryAsync<Thing>(
            "select id, label from things where @after::uuid is null or id > @after order by id limit @more",
            new { after = page.AfterId(), more = page.Limit + 1 }
        );
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }
}
