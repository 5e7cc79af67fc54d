using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>What facilitators learn of the members of their groups.</summary>
public sealed class FacilitatorsAndMembersTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task A_facilitator_reads_the_names_on_the_roster_of_the_own_group_and_no_other_does()
    {
        var group = await world.GroupAsync(5);
        var (id, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);
        using var ana = world.Service.As(world.Ana, "facilitator");
        var item = Assert.Single((await ana.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/roster"))!["items"]!.AsArray())!;
        Assert.Equal((id, "Somebody", "US-FL"), ((Guid)item["memberId"]!, (string)item["legalName"]!, (string)item["state"]!));

        // Room does not answer here: what only Room knows is left open, and the roster is there all the same.
        Assert.True(item.AsObject().ContainsKey("participantId"));
        Assert.Null(item["participantId"]);
        Assert.Null(item["firstSession"]);
        foreach (var (account, role) in new[] { (Guid.CreateVersion7(), "facilitator"), (id, "member") })
        {
            using var other = world.Service.As(account, role);
            using var answer = await other.GetAsync($"/api/groups/{group}/roster");
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.Forbidden });
        }
    }

    [Fact]
    public async Task Who_had_a_seat_is_named_to_the_groups_facilitator_afterwards_where_former_members_are_asked_for()
    {
        var group = await world.GroupAsync(5);
        var (left, http) = await world.MemberInAsync("FL");
        await CancelAsync(http, await EnrolledInAsync(http, group));
        var (_, undecided) = await world.MemberInAsync("FL");
        await CancelAsync(undecided, (await EnrollmentWorld.EnrolAsync(undecided, group)).Body);
        using var ana = world.Service.As(world.Ana, "facilitator");
        Assert.Empty((await ana.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/roster"))!["items"]!.AsArray());
        var item = Assert.Single((await ana.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/roster?former=true"))!["items"]!.AsArray())!;
        Assert.Equal((left, "Somebody", "ended"), ((Guid)item["memberId"]!, (string)item["legalName"]!, (string)item["status"]!));
    }

    [Fact]
    public async Task A_facilitator_is_given_whom_to_call_for_a_member_of_the_group_around_the_session_and_not_at_other_times()
    {
        var group = await world.GroupAsync(5);
        var (id, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);
        var (stranger, _) = await world.MemberInAsync("FL");
        var tonight = await world.SessionAsync(group, TimeSpan.FromMinutes(10));
        var nextWeek = await world.SessionAsync(group, TimeSpan.FromDays(7));
        using var ana = world.Service.As(world.Ana, "facilitator");
        var contact = (await ana.GetFromJsonAsync<JsonNode>(Path(tonight.SessionId, id)))!;
        Assert.Equal(("Somebody", "+1 813 555 0100"), ((string)contact["legalName"]!, (string)contact["phone"]!));
        Assert.Equal(
            ("A friend", "+1 813 555 0101", "friend"),
            ((string)contact["emergencyContact"]!["name"]!, (string)contact["emergencyContact"]!["phone"]!, (string)contact["emergencyContact"]!["relation"]!)
        );
        Assert.Equal(1, await world.AskAsync<long>("select count(*) from audit_entries where act = 'emergency.contact-given' and subject = $1", id));

        using var other = world.Service.As(Guid.CreateVersion7(), "facilitator");
        foreach (
            var (who, path) in new[] { (other, Path(tonight.SessionId, id)), (ana, Path(tonight.SessionId, stranger)), (ana, Path(nextWeek.SessionId, id)) }
        )
        {
            using var answer = await who.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var member = await http.GetAsync(Path(tonight.SessionId, id));
        Assert.Equal(HttpStatusCode.Forbidden, member.StatusCode);

        static string Path(Guid session, Guid who) => $"/internal/sessions/{session}/members/{who}/contact";
    }

    [Fact]
    [Trait("hostile", "R43")]
    public async Task Break_glass_gives_a_members_contact_at_any_time_within_the_practice_after_a_fresh_proof()
    {
        var group = await world.GroupAsync(5);
        var (id, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);
        var (stranger, _) = await world.MemberInAsync("FL");
        var nextWeek = await world.SessionAsync(group, TimeSpan.FromDays(7));
        foreach (var role in new[] { "facilitator", "operator" })
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync("grouport", id, role));
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync("chicago", id, role));
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync("grouport", stranger, role));
            Assert.Equal(HttpStatusCode.Forbidden, await AskAsync("grouport", id, role, minutes: 11));
        }

        async Task<HttpStatusCode> AskAsync(string practice, Guid member, string role, int minutes = 0)
        {
            using var person = world.Service.Anonymous();
            var proven = world.Clock.GetUtcNow().AddMinutes(-minutes);
            person.DefaultRequestHeaders.Authorization = new(
                "Bearer",
                world.Service.Tokens.With("enrollment", Guid.CreateVersion7(), [role], [$"{role}@{practice}"], authenticatedAt: proven)
            );
            using var answer = await person.GetAsync($"/internal/sessions/{nextWeek.SessionId}/members/{member}/contact?breakGlass=True");
            return answer.StatusCode;
        }
    }
}
