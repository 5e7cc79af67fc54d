using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class ReasonsTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private const string Hidden = "he named her sister";
    private const string Crisis = "speaks of ending it";
    private const string Removed = "shouted at another member";
    private const string Ended = "two of you asked to stop";
    private const string Corrected = "was in the waiting room all along";

    private RoomWorld World => nodes.World;

    [Fact]
    public async Task Facilitators_read_every_reason_and_the_read_is_audited()
    {
        var evening = await ModeratedAsync();
        foreach (var account in new[] { evening.Lead, evening.Co })
        {
            using var http = World.B.As(account, Roles.Facilitator);
            var items = Items(await PageAsync(http, evening));
            Assert.Equal(
                [
                    ("message.hidden", Hidden),
                    ("crisis.noted", Crisis),
                    ("participant.removed", Removed),
                    ("session.ended-by-facilitator", Ended),
                    ("attendance.corrected", Corrected),
                ],
                items.Select(i => (i.GetProperty("act").GetString()!, i.GetProperty("text").GetString()!))
            );
            Assert.All(items, i => Assert.Equal((evening.Lead, false), (i.GetProperty("by").GetGuid(), i.GetProperty("retentionOver").GetBoolean())));
            Assert.Equal(
                [evening.Members[0], evening.Members[1], evening.Members[0], null, evening.Members[0]],
                items.Select(i => i.GetProperty("about") is { ValueKind: JsonValueKind.String } about ? about.GetGuid() : (Guid?)null)
            );
            Assert.Equal([null, null, null, null, "present"], items.Select(i => i.GetProperty("status").GetString()));
            Assert.Equal(1, await ReadsAsync(evening, account));
        }

        // In one place: beside the count stands that it was corrected, not why.
        using var lead = World.A.As(evening.Lead, Roles.Facilitator);
        Assert.DoesNotContain(Corrected, await lead.GetStringAsync($"/api/sessions/{evening.Session}/attendance"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operators_read_why_a_member_was_not_in_the_room_and_no_word_about_what_was_said()
    {
        var evening = await ModeratedAsync();
        var account = Guid.CreateVersion7();
        foreach (var roles in new string[][] { [Roles.Operator], [Roles.Operator, Roles.Facilitator] })
        {
            using var http = World.A.As(account, roles);
            var text = await http.GetStringAsync($"/api/sessions/{evening.Session}/moderation");
            var items = Items(JsonDocument.Parse(text).RootElement);
            Assert.Equal(
                [
                    ("message.hidden", null),
                    ("crisis.noted", null),
                    ("participant.removed", Removed),
                    ("session.ended-by-facilitator", null),
                    ("attendance.corrected", Corrected),
                ],
                items.Select(i => (i.GetProperty("act").GetString()!, i.GetProperty("text").GetString()))
            );
            Assert.All(items, i => Assert.Equal((evening.Lead, false), (i.GetProperty("by").GetGuid(), i.GetProperty("retentionOver").GetBoolean())));
            Assert.Equal(evening.Members[1], items[1].GetProperty("about").GetGuid());
            Assert.DoesNotContain("sister", text, StringComparison.Ordinal);
            Assert.DoesNotContain("ending it", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Ended, text, StringComparison.Ordinal);
        }

        Assert.Equal(2, await ReadsAsync(evening, account));

        // An operator who leads the session reads as who leads it.
        using var both = World.A.As(evening.Lead, Roles.Operator, Roles.Facilitator);
        Assert.All(Items(await PageAsync(both, evening)), i => Assert.NotNull(i.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Other_callers_do_not_learn_that_the_session_exists()
    {
        var evening = await ModeratedAsync();
        foreach (
            var (account, roles, practices, status) in new (Guid, string[], string[], int)[]
            {
                (Guid.CreateVersion7(), [Roles.Facilitator], ["grouport"], 404),
                (Guid.CreateVersion7(), [Roles.Operator], ["chicago"], 404),
                (evening.Lead, [Roles.Operator], ["chicago"], 404),
                (evening.Members[0], [Roles.Facilitator], ["grouport"], 404),
                (evening.Members[1], [Roles.Member], ["grouport"], 403),
                (evening.Lead, [Roles.Member], ["grouport"], 403),
            }
        )
        {
            using var http = World.A.As(account, roles, practices);
            var answer = await http.GetAsync($"/api/sessions/{evening.Session}/moderation");
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.DoesNotContain("removed", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // A facilitator here who is operator of another practice is no operator here; one who leads by an old plan is no facilitator here.
        foreach (var account in new[] { Guid.CreateVersion7(), evening.Lead })
        {
            using var mixed = World.A.As(
                account,
                new Dictionary<string, string[]>
                {
                    ["chicago"] = [Roles.Operator, Roles.Facilitator],
                    ["grouport"] = account == evening.Lead ? [] : [Roles.Facilitator],
                }
            );
            foreach (var what in new[] { "moderation", "room", "attendance", "events?stream=staff" })
            {
                Assert.Equal(404, (int)(await mixed.GetAsync($"/api/sessions/{evening.Session}/{what}")).StatusCode);
            }
        }

        using var anonymous = World.A.Anonymous();
        Assert.Equal(401, (int)(await anonymous.GetAsync($"/api/sessions/{evening.Session}/moderation")).StatusCode);
        using var lead = World.A.As(evening.Lead, Roles.Facilitator);
        Assert.Equal(404, (int)(await lead.GetAsync($"/api/sessions/{Guid.CreateVersion7()}/moderation")).StatusCode);
        Assert.Equal(
            0,
            await World.ReadAsync<long>("select count(*) from audit_entries where act = 'room.moderation-read' and ref = @id", new { id = evening.Session })
        );

        // Reasons of one evening are not in the list of another one of the same practice.
        var other = await World.EveningAsync();
        using var elsewhere = World.B.As(other.Lead, Roles.Facilitator);
        Assert.Empty(Items(await PageAsync(elsewhere, other)));
    }

    [Fact]
    public async Task Reasons_come_in_pages_each_once_and_each_page_is_audited()
    {
        var evening = await ModeratedAsync();
        using var http = World.A.As(evening.Lead, Roles.Facilitator);
        var (read, cursor) = (new List<string?>(), (string?)null);
        do
        {
            var page = await PageAsync(http, evening, cursor is null ? "?limit=1" : $"?limit=1&cursor={cursor}");
            read.Add(Assert.Single(Items(page)).GetProperty("text").GetString());
            cursor = page.GetProperty("nextCursor").GetString();
        } while (cursor is not null);

        Assert.Equal([Hidden, Crisis, Removed, Ended, Corrected], read);
        Assert.Equal(5, await ReadsAsync(evening, evening.Lead));
        Assert.Equal(400, (int)(await http.GetAsync($"/api/sessions/{evening.Session}/moderation?cursor=none")).StatusCode);
        Assert.Equal(400, (int)(await http.GetAsync($"/api/sessions/{evening.Session}/moderation?limit=0")).StatusCode);
    }

    [Fact]
    public async Task When_retention_is_over_what_was_done_stays_and_what_was_written_is_gone()
    {
        var evening = await ModeratedAsync();
        World.Clock.Advance(TimeSpan.FromDays(31));
        await Eventually.Async(
            async () => await World.ReadAsync<bool>("select wrapped_key is null from sessions where session_id = @id", new { id = evening.Session }),
            () => "the key was not destroyed"
        );
        foreach (var (account, role) in new[] { (evening.Lead, Roles.Facilitator), (Guid.CreateVersion7(), Roles.Operator) })
        {
            using var http = World.B.As(account, role);
            var items = Items(await PageAsync(http, evening));
            Assert.Equal(
                ["message.hidden", "crisis.noted", "participant.removed", "session.ended-by-facilitator", "attendance.corrected"],
                items.Select(i => i.GetProperty("act").GetString())
            );
            Assert.All(
                items,
                i =>
                    Assert.Equal(
                        (JsonValueKind.Null, true, evening.Lead),
                        (i.GetProperty("text").ValueKind, i.GetProperty("retentionOver").GetBoolean(), i.GetProperty("by").GetGuid())
                    )
            );
            Assert.Equal("present", items[4].GetProperty("status").GetString());
            Assert.Equal(1, await ReadsAsync(evening, account));
        }
    }

    /// <summary>
    /// An evening that is over, in which its lead hid a message, noted a crisis, removed somebody, and corrected attendance with a note and without.
    /// </summary>
    private async Task<Evening> ModeratedAsync()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        var said = (await members[0].PostAsync("she has a sister, Ann")).GetProperty("seq").GetInt64();
        await lead.CallAsync(
            "Hide",
            new
            {
                stream = "room",
                seq = said,
                reason = Hidden,
            }
        );
        await lead.CallAsync(
            "Crisis",
            new
            {
                participantId = members[1].ParticipantId,
                open = true,
                note = Crisis,
            }
        );
        await lead.CallAsync("Remove", new { participantId = members[0].ParticipantId, reason = Removed });
        await lead.CallAsync("End", new { reason = Ended });
        using var http = World.A.As(evening.Lead, Roles.Facilitator);
        foreach (var body in new object[] { new { status = "excused" }, new { status = "present", note = Corrected } })
        {
            Assert.Equal(200, (int)(await http.PostAsJsonAsync($"/api/sessions/{evening.Session}/attendance/{evening.Members[0]}", body)).StatusCode);
        }

        return evening;
    }

    private static Task<JsonElement> PageAsync(HttpClient http, Evening evening, string query = "") =>
        http.GetFromJsonAsync<JsonElement>($"/api/sessions/{evening.Session}/moderation{query}");

    private static List<JsonElement> Items(JsonElement page) => [.. page.GetProperty("items").EnumerateArray()];

    private Task<long> ReadsAsync(Evening evening, Guid account) =>
        World.ReadAsync<long>(
            "select count(*) from audit_entries where act = 'room.moderation-read' and ref = @id and who like '%' || @account",
            new { id = evening.Session, account = account.ToString() }
        );
}
