using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using Npgsql;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>The common steps of tests of seats.</summary>
internal static class SeatWorld
{
    public static GroupSnapshot Group(
        this EnrollmentWorld world,
        Guid id,
        int seats,
        string serviceClass = "psychotherapy_group",
        bool intakeFirst = false,
        bool closed = false,
        long version = 1,
        int minimumAge = 18
    ) => new(id, "grouport", $"A {serviceClass}", serviceClass, seats, minimumAge, world.Ana, [], false, intakeFirst, null, closed, version);

    public static Task ChangeAsync(this EnrollmentWorld world, GroupSnapshot group) =>
        world.DeliverAsync<UpsertSeatGroupWhenGroupChanged, GroupChanged>(new GroupChanged(group, world.Clock.GetUtcNow()));

    public static Task CloseAsync(this EnrollmentWorld world, Guid id, int seats, long version) =>
        world.DeliverAsync<EndEnrollmentsWhenGroupClosed, GroupClosed>(
            new GroupClosed(world.Group(id, seats, closed: true, version: version), world.Clock.GetUtcNow())
        );

    /// <summary>The holder of a member's lock (7) delays commits about that member; those of members in <c>failing</c> fail.</summary>
    public static Task HoldUpCommitsAsync(this EnrollmentWorld world) =>
        world.RunAsync(
            """
            create table if not exists failing (member_id uuid);
            create or replace function wait_or_fail() returns trigger language plpgsql as $$
            begin
                if exists (select 1 from failing where member_id = new.member_id) then
                    raise exception 'secret of the database';
                end if;
                perform pg_advisory_xact_lock(hashtextextended(new.member_id::text, 7));
                return null;
            end $$;
            drop trigger if exists commits_wait on enrollments;
            create constraint trigger commits_wait after insert or update on enrollments deferrable initially deferred
                for each row execute function wait_or_fail();
            """
        );

    public static async Task<JsonNode> EnrolledInAsync(HttpClient http, Guid group)
    {
        var (status, reserved) = await EnrolAsync(http, group);
        Assert.Equal((HttpStatusCode.Created, "reserved"), (status, (string)reserved["status"]!));
        var (confirmed, enrolled) = await ConfirmAsync(http, reserved);
        Assert.Equal((HttpStatusCode.OK, "enrolled"), (confirmed, (string)enrolled["status"]!));
        return enrolled;
    }

    public static async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(this HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public static Task<(HttpStatusCode Status, JsonNode Body)> CancelAsync(HttpClient http, JsonNode enrollment) =>
        http.PostAsync($"/api/enrollments/{enrollment["id"]}/cancel", new { });

    public static async Task MoveAsync(HttpClient http, string state) =>
        (await http.PutAsJsonAsync("/api/me/profile", Profile(state))).EnsureSuccessStatusCode();

    public static async Task<JsonNode> MineAsync(HttpClient http, Guid group) =>
        (await http.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]!.AsArray().First(e => (Guid)e!["groupId"]! == group)!;

    public static Task<JsonNode> UntilAsync(HttpClient http, Guid group, string what, Func<JsonNode, bool> holds)
    {
        JsonNode? seen = null;
        return Eventually.ValueAsync(async () => holds(seen = await MineAsync(http, group)) ? seen : null, () => $"{what}; the stay is {seen?.ToJsonString()}");
    }

    public static Task<JsonNode> UntilStatusAsync(HttpClient http, Guid group, string status) =>
        UntilAsync(http, group, $"it did not become {status}", e => (string)e["status"]! == status);

    public static string[] Codes(JsonNode decision) => [.. decision["reasons"]!.AsArray().Select(r => (string)r!["code"]!)];

    public static Task<int> TakenAsync(this EnrollmentWorld world, Guid group) =>
        world.AskAsync<int>("select taken from seat_groups where group_id = $1", group);

    /// <summary>Nothing is due any more: what workers had to do is done.</summary>
    public static Task QuietAsync(this EnrollmentWorld world) =>
        Eventually.Async(
            async () =>
                await world.AskAsync<long>(
                    "select count(*) from due_work where kind not like 'coverage.%' and kind <> 'housekeeping' and due_at <= $1",
                    world.Clock.GetUtcNow()
                ) == 0,
            () => "workers still have something to do"
        );

    public static async Task<(string What, string? Code, Guid Enrollment)[]> LogAsync(this EnrollmentWorld world, Guid group)
    {
        var waitlist = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/waitlist?limit=500");
        return [.. waitlist!["log"]!.AsArray().Reverse().Select(s => ((string)s!["what"]!, (string?)s["code"], (Guid)s["enrollmentId"]!))];
    }

    /// <summary>Until it is disposed, this member is in the middle of another request.</summary>
    public static Task<IAsyncDisposable> HoldMemberAsync(this EnrollmentWorld world, Guid member) =>
        world.HoldAsync("select pg_advisory_lock(hashtextextended($1, 1))", member.ToString());

    /// <summary>Runs a statement that takes a lock, and keeps what it took until it is disposed.</summary>
    public static async Task<IAsyncDisposable> HoldAsync(this EnrollmentWorld world, string sql, params object[] values)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(world.Owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
