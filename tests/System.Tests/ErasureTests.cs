using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>A person takes their data along and is erased; afterwards no table, queue, file or log of the deployment holds a word of theirs.</summary>
[Collection(nameof(Deployment))]
public sealed class ErasureTests(Deployment deployment, ITestOutputHelper output)
{
    [Fact]
    [Trait("hostile", "O02")]
    public async Task An_export_holds_everything_and_an_erased_member_is_found_nowhere_and_reads_the_proof()
    {
        var mark = $"Marker{Guid.CreateVersion7():N}";
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var facilitator = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, facilitator.Id);
        var member = await MemberAsync(mark);
        await member.SeatAsync(evening.Group);
        await member.JoinAsync(evening.Session, "US-FL", alias: mark);

        var export = await ExportAsync(member);
        Assert.Contains(mark, export["enrollment"]!["profile"]!.ToJsonString());
        Assert.Contains($"{evening.Session}", export["room"]!["sessions"]!.ToJsonString());
        Assert.Contains(mark.ToLowerInvariant(), export["identity"]!["account"]!.ToJsonString());
        var before = await FindAsync(mark);
        Assert.Contains(before, where => where.StartsWith("enrollment.members", StringComparison.Ordinal));

        await operators.PostAsync($"/api/sessions/{evening.Session}/cancel", new { reason = "It does not take place." });
        await Eventually.Async(
            async () => (string?)(await operators.GetAsync($"/api/sessions/{evening.Session}/room"))["phase"] == "ended", () => "the room did not end");
        await member.PostAsync("/api/me/erasure", new { password = "not the right password" }, HttpStatusCode.Forbidden);
        var asked = await member.PostAsync("/api/me/erasure", new { password = Person.Password }, HttpStatusCode.Accepted);
        var proof = await ProofAsync((string)asked["receipt"]!);

        Assert.Equal(
            ["enrollment", "identity", "notifications", "room", "scheduling"], proof["services"]!.AsArray().Select(s => (string)s!["service"]!).Order());
        Assert.All(
            proof["services"]!.AsArray().SelectMany(s => s!["kept"]!.AsArray()),
            kept => Assert.True((int)kept!["count"]! > 0 && ((string)kept["why"]!).Length > 20 && (string.CompareOrdinal((string)kept["until"]!, "2026") > 0)));
        Assert.Contains(proof["services"]!.AsArray().SelectMany(s => s!["kept"]!.AsArray()), kept => (string)kept!["what"]! == "decisions");
        var after = await FindAsync(mark);
        output.WriteLine($"before: {string.Join(", ", before)}");
        Assert.Empty(after);
        await Eventually.Async(
            async () => (await member.RawAsync(HttpMethod.Get, "/api/identity/me")).StatusCode == HttpStatusCode.Unauthorized,
            () => "the sign-in of an erased person still counts");
        using var again = await deployment.Anonymous().PostAsJsonAsync("/api/identity/login", new { email = EmailOf(mark), password = Person.Password });
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    private static string EmailOf(string mark) => $"{mark.ToLowerInvariant()}@demo.test";

    private async Task<Person> MemberAsync(string mark)
    {
        using (var register = await deployment.Anonymous().PostAsJsonAsync(
            "/api/identity/register", new { email = EmailOf(mark), password = Person.Password, displayName = $"Display {mark}" }))
        {
            Assert.Equal(HttpStatusCode.OK, register.StatusCode);
        }

        var person = await Person.SignInAsync(deployment, EmailOf(mark));
        await person.SendAsync(HttpMethod.Put, "/api/me/profile", new
        {
            legalName = $"Legal {mark}",
            dateOfBirth = "1988-02-29",
            phone = "+1 212 555 0100",
            residence = new { line1 = $"1 {mark} Street", city = $"City {mark}", state = "FL", postalCode = "33602", country = "US" },
            emergencyContact = new { name = $"Friend {mark}", phone = "+1 212 555 0101", relation = $"friend {mark}" },
        });
        return person;
    }

    private static async Task<JsonNode> ExportAsync(Person person)
    {
        var asked = await person.SendAsync(HttpMethod.Get, "/api/me/export", expected: HttpStatusCode.Accepted);
        JsonNode whole = null!;
        await Eventually.Async(
            async () =>
            {
                using var answer = await person.RawAsync(HttpMethod.Get, (string)asked["location"]!);
                whole = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                return answer.StatusCode == HttpStatusCode.OK;
            },
            () => "the export was not collected");
        return whole;
    }

    private async Task<JsonNode> ProofAsync(string receipt)
    {
        JsonNode state = null!;
        await Eventually.Async(
            async () =>
            {
                using var answer = await deployment.Anonymous().PostAsJsonAsync("/api/erasures/proof", new { receipt });
                state = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                return (string?)state["status"] == "done";
            },
            () => $"the erasure is not done: {state?.ToJsonString()}", TimeSpan.FromSeconds(60));
        return state;
    }

    /// <summary>Where a word stands: every row of every table of every service, and every file outside the engines' own stores.</summary>
    private async Task<List<string>> FindAsync(string word)
    {
        var found = new List<string>();
        foreach (var (service, connection) in deployment.Databases())
        {
            await using var source = Npgsql.NpgsqlDataSource.Create(connection);
            var tables = new List<string>();
            await using (var list = source.CreateCommand(
                "select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations' order by 1"))
            await using (var reader = await list.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                    tables.Add(reader.GetString(0));
                }
            }

            Assert.NotEmpty(tables);
            foreach (var table in tables)
            {
                // Bytes are looked into as they are, too.
                await using var search = source.CreateCommand(
                    $"""
                    select count(*) from {table} t
                    where t::text ilike '%' || $1 || '%' or t::text ilike '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'
                    """);
                search.Parameters.AddWithValue(word);
                if (await search.ExecuteScalarAsync() is > 0L)
                {
                    found.Add($"{service}.{table}");
                }
            }
        }

        // The local sink stands for the mailboxes of the people; what an engine keeps in its store was read through the engine.
        found.AddRange(Directory.EnumerateFiles(deployment.Folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Where(file => !Path.GetRelativePath(deployment.Folder, file).Split('/').Intersect(["postgres", "mail", "release", "releases", "web"]).Any())
            .Where(file => Holds(file, word)).Select(file => Path.GetRelativePath(deployment.Folder, file)));
        return found;
    }

    private static bool Holds(string file, string word)
    {
        try
        {
            return new FileInfo(file).Length < 256 * 1024 * 1024 && File.ReadAllText(file).Contains(word, StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
