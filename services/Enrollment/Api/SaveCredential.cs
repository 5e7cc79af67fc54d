using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Unicode;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Credentials with their history: a change is a new version, in force at once, and every permit that hangs on it is looked at again.</summary>
internal static class SaveCredential
{
    public record Credential
    {
        [Required]
        public string? Kind { get; init; }

        [Required]
        public string? Jurisdiction { get; init; }

        [Required]
        public string? Status { get; init; }

        /// <summary>First day.</summary>
        [Required]
        public string? ValidFrom { get; init; }

        /// <summary>Last day, included; it ends at midnight in the zone of the issuing state's capital.</summary>
        [Required]
        public string? ValidTo { get; init; }

        /// <summary>Whether the board restricts the practice.</summary>
        [Required]
        public bool? Encumbered { get; init; }

        public string? Type { get; init; }

        public string? Compact { get; init; }

        public string? HomeState { get; init; }

        /// <summary>The checked source: a register's page, a letter. At most 500 characters.</summary>
        public string? Evidence { get; init; }
    }

    /// <summary>A credential as it is from now on. Fields that are not set may come back as the version in force shows it.</summary>
    public sealed record Revision : Credential
    {
        /// <summary>Not set: may come back as it was shown.</summary>
        public Guid? Id { get; init; }

        /// <summary>Not set: may come back as it was shown.</summary>
        public int? Version { get; init; }

        /// <summary>Not set: may come back as it was shown.</summary>
        public DateTimeOffset? RecordedAt { get; init; }

        /// <summary>Not set: may come back as it was shown.</summary>
        public string? RecordedBy { get; init; }

        /// <summary>Not set: may come back as it was shown.</summary>
        public bool? InForce { get; init; }
    }

    public sealed record Item(
        Guid Id,
        int Version,
        string Kind,
        string Jurisdiction,
        string? Type,
        string Status,
        DateOnly ValidFrom,
        DateOnly ValidTo,
        bool Encumbered,
        string? Compact,
        string? HomeState,
        string? Evidence,
        DateTimeOffset RecordedAt,
        string RecordedBy,
        bool InForce
    );

    public static void MapCredentials(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/facilitators/{id:guid}/credentials", ListAsync)
            .For(Roles.Operator, Roles.Facilitator)
            .Produces<Page<Item>>()
            .Describe("listCredentials", Tag.Facilitators, "Credentials of a facilitator, every version; facilitators see their own");
        app.MapPost(
                "/api/facilitators/{id:guid}/credentials",
                (Guid id, Credential request, HttpContext http, Writes writes, Caller caller, RuleSetCache ruleSets, TimeProvider clock) =>
                    SaveAsync(id, null, request, http, writes, caller, ruleSets, clock)
            )
            .For(Roles.Operator)
            .Produces<Item>(201)
            .Describe("addCredential", Tag.Facilitators, "Record a credential");
        app.MapPut(
                "/api/facilitators/{id:guid}/credentials/{cid:guid}",
                (Guid id, Guid cid, Revision request, HttpContext http, Writes writes, Caller caller, RuleSetCache ruleSets, TimeProvider clock) =>
                    SaveAsync(id, cid, request, http, writes, caller, ruleSets, clock)
            )
            .For(Roles.Operator)
            .Produces<Item>()
            .Describe("reviseCredential", Tag.Facilitators, "A new version of a credential");
    }

    private const string Columns =
        "id, version, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, compact, home_state, evidence, recorded_at, recorded_by";

    // An unchanged form makes no version, no audit entry and no recheck of permits.
    private const string SameAsBefore = $"""
        select {Columns}, true as in_force from credentials
        where id = @cid and version = @before
          and (kind, jurisdiction, type, status, valid_from, valid_to, encumbered, compact, home_state, evidence)
              is not distinct from (@Kind, @Jurisdiction, @Type::text, @Status, @from::date, @to::date, @Encumbered, @Compact::text, @HomeState::text,
                  @Evidence::text)
        """;

    private static async Task<IResult> ListAsync(Guid id, Db db, Caller caller, CancellationToken ct)
    {
        if (
            !await db.FirstOrDefaultAsync<bool>(
                "select exists (select 1 from facilitators where id = @id and (id = @AccountId or practices && @practices))",
                new
                {
                    id,
                    caller.AccountId,
                    practices = caller.PracticesAs(Roles.Operator),
                },
                ct
            )
        )
        {
            return Problem.NotFound();
        }

        var rows = await db.QueryAsync<Item>(
            $"""
            select {Columns}, version = max(version) over (partition by id) as in_force
            from credentials where facilitator_id = @id order by id, version desc
            """,
            new { id },
            ct
        );
        return TypedResults.Ok(new Page<Item>(rows, null));
    }

    private static async Task<IResult> SaveAsync(
        Guid id,
        Guid? credentialId,
        Credential request,
        HttpContext http,
        Writes writes,
        Caller caller,
        RuleSetCache ruleSets,
        TimeProvider clock
    )
    {
        var rules = await ruleSets.InForceAsync(clock.GetUtcNow(), http.RequestAborted);
        var errors = Check(request, rules);
        return errors.Any
            ? errors.ToProblem()
            : await writes.RunAsync(
                http,
                caller,
                request,
                async work =>
                {
                    // The facilitator's row is locked, so that two changes at once become two versions, in order.
                    if (
                        !await work.FirstOrDefaultAsync<bool>(
                            "select true from facilitators where id = @id and practices && @practices for no key update",
                            new { id, practices = caller.PracticesAs(Roles.Operator) }
                        )
                    )
                    {
                        return Reply.Refused(Problem.NotFound());
                    }

                    var before = credentialId is null
                        ? 0
                        : await work.FirstOrDefaultAsync<int?>(
                            "select max(version) from credentials where id = @credentialId and facilitator_id = @id",
                            new { credentialId, id }
                        );
                    if (before is not { } version)
                    {
                        return Reply.Refused(Problem.NotFound());
                    }

                    if (request is Revision sent && await NotAsShownAsync(work, sent, credentialId!.Value, version) is { } changed)
                    {
                        return Reply.Refused(changed);
                    }

                    var cid = credentialId ?? work.NewId();
                    ProfileRules.TryDate(request.ValidFrom, out var from);
                    ProfileRules.TryDate(request.ValidTo, out var to);
                    var values = new
                    {
                        cid,
                        before,
                        version = version + 1,
                        id,
                        request.Kind,
                        request.Jurisdiction,
                        request.Type,
                        request.Status,
                        from,
                        to,
                        request.Encumbered,
                        request.Compact,
                        request.HomeState,
                        request.Evidence,
                        work.Now,
                        work.Caller.Who,
                    };
                    if (await work.FirstOrDefaultAsync<Item>(SameAsBefore, values) is { } same)
                    {
                        return Reply.Ok(same);
                    }

                    version++;
                    await work.ExecuteAsync(
                        """
                        insert into credentials (id, version, facilitator_id, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, compact,
                            home_state, evidence, recorded_at, recorded_by)
                        values (@cid, @version, @id, @Kind, @Jurisdiction, @Type, @Status, @from, @to, @Encumbered, @Compact, @HomeState, @Evidence, @Now, @Who)
                        """,
                        values
                    );
                    await work.ExecuteAsync("update facilitators set version = version + 1, updated_at = @Now where id = @id", new { id, work.Now });
                    work.Audit(
                        "credential.kept",
                        id,
                        cid,
                        new
                        {
                            version,
                            request.Kind,
                            request.Jurisdiction,
                            request.Status,
                            request.ValidFrom,
                            request.ValidTo,
                            request.Encumbered,
                        }
                    );
                    await FacilitatorCard.PublishAsync(work, id);
                    await Rechecks.OfFacilitatorAsync(work, id);
                    var item = new Item(
                        cid,
                        version,
                        request.Kind!,
                        request.Jurisdiction!,
                        request.Type,
                        request.Status!,
                        from,
                        to,
                        request.Encumbered!.Value,
                        request.Compact,
                        request.HomeState,
                        request.Evidence,
                        work.Now,
                        work.Caller.Who,
                        true
                    );
                    return credentialId is null ? Reply.Created($"/api/facilitators/{id}/credentials/{cid}", item) : Reply.Ok(item);
                }
            );
    }

    private static async Task<Problem?> NotAsShownAsync(UnitOfWork work, Revision sent, Guid id, int version)
    {
        var shown = (
            await work.FirstOrDefaultAsync<Item>(
                $"select {Columns}, true as in_force from credentials where id = @id and version = @version",
                new { id, version }
            )
        )!;
        var errors = new FieldErrors()
            .AsShown(sent.Id, id, "id")
            .AsShown(sent.Version, version, "version")
            .AsShown(sent.RecordedBy, shown.RecordedBy, "recordedBy")
            .AsShown(sent.RecordedAt, shown.RecordedAt, "recordedAt")
            .AsShown(sent.InForce, true, "inForce");
        return errors.Any ? errors.ToProblem() : null;
    }

    internal static FieldErrors Check(Credential c, CompiledRuleSet rules)
    {
        var datesExist = ProfileRules.TryDate(c.ValidFrom, out var from) & ProfileRules.TryDate(c.ValidTo, out var to);
        return new FieldErrors()
            .Check(
                c.Kind is not null && Vocabulary.CredentialKinds.Contains(c.Kind),
                "kind",
                "One of licence, telehealth_registration, compact_privilege, temporary_permit."
            )
            .Check(
                c.Jurisdiction is not null && rules.IsJurisdiction(c.Jurisdiction) && c.Jurisdiction is not (Vocabulary.Foreign or Vocabulary.Unknown),
                "jurisdiction",
                "The exact code of a place, such as US-DC."
            )
            .Check(c.Status is not null && Vocabulary.Statuses.Contains(c.Status), "status", "One of active, inactive, suspended, revoked, pending.")
            .Check(ProfileRules.TryDate(c.ValidFrom, out _), "validFrom", "A real date like 2026-01-31.")
            .Check(ProfileRules.TryDate(c.ValidTo, out _), "validTo", "A real date like 2026-01-31.")
            .Check(!datesExist || to >= from, "validTo", "It ends before it begins.")
            .Check(c.Encumbered is not null, "encumbered", "Say whether the board restricts the practice.")
            .Check(c.Type is null || NameRules.IsVisible(c.Type), "type", "This has 1 to 40 characters where it is given.")
            .OptionalText(c.Type, "type", 40)
            .Check(c.Evidence is null || NameRules.IsVisible(c.Evidence), "evidence", "This has 1 to 500 characters where it is given.")
            .OptionalText(c.Evidence, "evidence", 500, manyLines: true)
            .Check(c.HomeState is null || rules.IsJurisdiction(c.HomeState), "homeState", "The exact code of a place, such as US-DC.")
            .Check(c.Kind == Vocabulary.CompactPrivilege || c.Compact is null, "compact", "Only for a compact privilege.")
            .Check(
                c.Kind != Vocabulary.CompactPrivilege || (c.Compact is not null && rules.Document.Compacts.Any(r => r.Code == c.Compact)),
                "compact",
                "There is no such compact."
            )
            .Check(c.Kind != Vocabulary.CompactPrivilege || c.HomeState is not null, "homeState", "The exact code of the home state.");
    }
}
