using System.Globalization;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A member's own profile. A residence that changed is a new row beside the old one, and every permit of the member is looked at again at
/// once.</summary>
internal static class SaveProfile
{
    public static void MapProfile(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me/profile", async Task<IResult> (Db db, Caller caller, CancellationToken ct) =>
            await FindAsync(db, caller.AccountId, ct) is { } profile ? TypedResults.Ok(profile) : Problem.NotFound())
            .ForSignedIn().Produces<Profile>().Refuses(404, "not-found").Describe("getProfile", Tag.Profile, "My profile");
        app.MapPut("/api/me/profile", PutAsync).ForSignedIn().Produces<Profile>()
            .Describe("saveProfile", Tag.Profile, "Save my profile");
    }

    private static async Task<IResult> PutAsync(Profile sent, HttpContext http, Writes writes, Caller caller, RuleSetCache ruleSets, TimeProvider clock)
    {
        var rules = await ruleSets.InForceAsync(clock.GetUtcNow(), http.RequestAborted);
        var errors = ProfileRules.Check(sent, rules.IsJurisdiction, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        return errors.Any ? errors.ToProblem() : await writes.RunAsync(http, caller, sent, async work =>
        {
            var id = caller.AccountId;
            var shown = await FindAsync(work.FirstOrDefaultAsync<Row>, id);
            if (new FieldErrors().AsShown(sent.RecordedResidence, shown?.RecordedResidence, "recordedResidence") is { Any: true } changed)
            {
                return Reply.Refused(changed.ToProblem());
            }

            var profile = ProfileRules.Trimmed(sent);
            var isNew = await work.ExecuteAsync(
                """
                insert into members (id, legal_name, date_of_birth, phone, time_zone, language, contact_name, contact_phone, contact_relation,
                    updated_at)
                values (@id, @LegalName, @born, @Phone, @TimeZone, @Language, @name, @contactPhone, @Relation, @Now)
                on conflict (id) do update set legal_name = excluded.legal_name, date_of_birth = excluded.date_of_birth, phone = excluded.phone,
                    time_zone = excluded.time_zone,
                    language = excluded.language, contact_name = excluded.contact_name, contact_phone = excluded.contact_phone,
                        contact_relation = excluded.contact_relation, updated_at = excluded.updated_at
                where (members.legal_name, members.date_of_birth, members.phone, members.time_zone, members.language, members.contact_name,
                    members.contact_phone, members.contact_relation) is distinct from (excluded.legal_name, excluded.date_of_birth, excluded.phone,
                    excluded.time_zone, excluded.language, excluded.contact_name, excluded.contact_phone, excluded.contact_relation)
                """,
                new
                {
                    id,
                    profile.LegalName,
                    born = Date(profile.DateOfBirth),
                    profile.Phone,
                    profile.TimeZone,
                    profile.Language,
                    name = profile.EmergencyContact!.Name,
                    contactPhone = profile.EmergencyContact.Phone,
                    profile.EmergencyContact.Relation,
                    work.Now,
                }) == 1;

            var r = profile.Residence!;
            var (jurisdiction, postalState) = ProfileRules.PlaceOf(r);
            // What is compared is what the form showed: the last residence that the member stated. An operator's evidence stands beside it.
            var moved = await work.ExecuteAsync(
                """
                insert into residences (id, member_id, jurisdiction, since, line1, city, state, postal_code, postal_state, country, recorded_at,
                    recorded_by)
                select @residence, @id, @jurisdiction, @since, @Line1, @City, @State, @PostalCode, @postalState, @Country, @Now, @Who
                where not exists (
                    select 1 from (select * from residences where member_id = @id and line1 is not null order by recorded_at desc, id desc limit 1) last
                    where (last.jurisdiction, last.line1, last.city, last.postal_code, last.country)
                          = (@jurisdiction, @Line1, @City, @PostalCode, @Country)
                      and last.since is not distinct from @since and last.state is not distinct from @State)
                """,
                new
                {
                    residence = work.NewId(),
                    id,
                    jurisdiction,
                    since = r.Since is null ? (DateOnly?)null : Date(r.Since),
                    r.Line1,
                    r.City,
                    r.State,
                    r.PostalCode,
                    postalState,
                    r.Country,
                    work.Now,
                    work.Caller.Who
                });
            if (isNew)
            {
                work.Audit("profile.kept", id);
            }

            if (moved == 1)
            {
                work.Audit("residence.stated", id, data: new { jurisdiction });
            }

            // A form that is sent as it came changes nothing.
            if (isNew || moved == 1)
            {
                await Rechecks.OfMemberAsync(work, id);
            }

            return Reply.Ok((await FindAsync(work.FirstOrDefaultAsync<Row>, id))!);
        });
    }

    internal static Task<Profile?> FindAsync(Db db, Guid id, CancellationToken ct) => FindAsync((sql, args) => db.FirstOrDefaultAsync<Row>(sql, args, ct), id);

    private static async Task<Profile?> FindAsync(Func<string, object?, Task<Row?>> read, Guid id) =>
        await read(
            """
            select m.legal_name, m.date_of_birth, m.phone, m.time_zone, m.language, m.contact_name, m.contact_phone, m.contact_relation,
                   r.line1, r.city, r.state, r.postal_code, r.country, r.since, o.jurisdiction as recorded_place, o.since as recorded_since
            from members m
            cross join lateral (select * from residences where member_id = m.id and line1 is not null order by recorded_at desc, id desc limit 1) r
            left join lateral (
                select * from residences where member_id = m.id and (recorded_at, id) > (r.recorded_at, r.id)
                order by recorded_at desc, id desc limit 1) o on true
            where m.id = @id
            """, new { id }) is { } row
            ? new Profile(row.LegalName, Text(row.DateOfBirth), row.Phone,
                new Residence(row.Line1, row.City, row.State, row.PostalCode, row.Country, row.Since is { } since ? Text(since) : null),
                new EmergencyContact(row.ContactName, row.ContactPhone, row.ContactRelation), row.TimeZone, row.Language,
                row.RecordedPlace is null ? null : new RecordedResidence(row.RecordedPlace, row.RecordedSince is { } day ? Text(day) : null))
            : null;

    private static DateOnly Date(string? text) => DateOnly.ParseExact(text!, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed record Row(
        string LegalName, DateOnly DateOfBirth, string Phone, string? TimeZone, string? Language, string ContactName, string ContactPhone,
        string ContactRelation,
        string Line1, string City, string? State, string PostalCode, string Country, DateOnly? Since, string? RecordedPlace, DateOnly? RecordedSince);
}
