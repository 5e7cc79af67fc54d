using System.Reflection;
using System.Text.Json;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Hub;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class HostileHubTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Theory]
    [InlineData("H07", """{"type":1,"invocationId":"ID","target":"JoinGroup","arguments":["facilitators"]}""")]
    [InlineData("H07", """{"type":1,"invocationId":"ID","target":"Subscribe","arguments":[{"stream":"staff"}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[{"id":"1"}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[{"id":"1","text":null}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[{"id":1,"text":"x"}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[{"id":"1","text":{"a":1}}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":["1","x"]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[null]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Post","arguments":[{"id":"1","text":"x"},{"extra":1}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Mute","arguments":[{"participantId":"nobody"}]}""")]
    [InlineData(
        "H19",
        """{"type":1,"invocationId":"ID","target":"Mute","arguments":[{"participantId":"00000000-0000-0000-0000-000000000000","chat":"yes"}]}"""
    )]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"Enter","arguments":[{"ticket":"x","cursors":{"room":1.5}}]}""")]
    [InlineData("H19", """{"type":1,"invocationId":"ID","target":"OnDisconnectedAsync","arguments":[null]}""")]
    [InlineData("H31", """{"type":1,"invocationId":"ID","target":"events","arguments":[[{"stream":"room","seq":1,"kind":"message.posted"}]]}""")]
    [InlineData("H31", """{"type":1,"invocationId":"ID","target":"ended","arguments":[{"reason":"removed","terminal":true}]}""")]
    [Trait("hostile", "H07 H31")]
    public async Task A_malformed_call_is_an_error_without_a_code_to_its_caller_alone(string id, string frame)
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        await using var bad = await evening.EnterAsync(evening.Co, World.B);
        var (call, answer) = bad.Expect();
        await bad.SendAsync(frame.Replace("ID", call, StringComparison.Ordinal));
        Assert.Equal("", (await Assert.ThrowsAsync<HubRefusedException>(() => answer)).Code);
        Assert.DoesNotContain("System.", bad.Wire, StringComparison.Ordinal);
        await bad.PostAsync($"sane again after {id}");
        await lead.ReadsAsync("room", $"sane again after {id}");
        Assert.Equal([$"sane again after {id}"], lead.Texts("room"));
    }

    [Theory]
    [InlineData("""{"type":1,"invocationId":""")]
    [InlineData("""not json""")]
    [InlineData("""{"type":"one"}""")]
    [InlineData("""{"type":2,"invocationId":"1","item":{}}""")]
    [InlineData("""{"type":4,"invocationId":"77","target":"Post","arguments":[]}""")]
    [InlineData("""{"type":5,"invocationId":"unknown"}""")]
    [InlineData("""{"type":3,"invocationId":"unknown","result":1}""")]
    [InlineData("""{"type":99}""")]
    [InlineData("""[]""")]
    public async Task H19_A_malformed_frame_costs_its_sender_at_most(string frame)
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        await using var bad = await evening.EnterAsync(evening.Co);
        await bad.SendAsync(frame);
        await lead.PostAsync("unmoved");
        await lead.ReadsAsync("room", "unmoved");
        Assert.Equal(["unmoved"], lead.Texts("room"));
    }

    [Fact]
    public async Task Unknown_fields_are_ignored_and_a_flood_of_calls_waits()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        await lead.CallAsync(
            "Post",
            new
            {
                id = "1",
                text = "fine",
                to = "everyone",
                colour = "blue",
                deep = new { er = 1 },
            }
        );
        var codes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => lead.RefusedAsync("Unlock")));
        Assert.Contains("too-fast", codes);
    }

    [Fact]
    public async Task H01_H28_No_client_connects_without_a_token_and_only_WebSockets_are_served()
    {
        var evening = await World.EveningAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => RoomClient.ConnectAsync(World.A.Address, "nonsense", evening.Session));
        using var http = World.A.As(evening.Lead, "facilitator");
        Assert.Equal(200, (int)(await http.PostAsync($"/hubs/room/negotiate?negotiateVersion=1&session={evening.Session}", null)).StatusCode);
        Assert.Contains((int)(await http.GetAsync($"/hubs/room?session={evening.Session}")).StatusCode, new[] { 400, 404 });
        using var anonymous = World.A.Anonymous();
        Assert.Equal(401, (int)(await anonymous.PostAsync("/hubs/room/negotiate", null)).StatusCode);
    }

    [Fact]
    public async Task H05_A_facilitator_of_one_room_moderates_no_participant_of_another()
    {
        var (mine, theirs) = (await World.EveningAsync(), await World.EveningAsync());
        var (lead, _) = await mine.LiveAsync(1);
        var (other, members) = await theirs.LiveAsync(1);
        var subject = members[0].ParticipantId;
        var before = await World.ReadAsync<long>("select count(*) from room_events where session_id = @id", new { id = theirs.Session });
        foreach (
            var (method, argument) in new (string, object)[]
            {
                (
                    "Remove",
                    new
                    {
                        participantId = subject,
                        reason = "not mine",
                        session = theirs.Session,
                    }
                ),
                ("Mute", new { participantId = subject, chat = true }),
                ("SendToWaiting", new { participantId = subject }),
                ("GiveTurn", new { participantId = subject }),
                ("Crisis", new { participantId = subject, open = true }),
                (
                    "Hide",
                    new
                    {
                        stream = $"private:{subject}",
                        seq = 1,
                        reason = "not mine",
                    }
                ),
                (
                    "Post",
                    new
                    {
                        id = "1",
                        text = "psst",
                        to = subject,
                    }
                ),
            }
        )
        {
            Assert.Equal("not-found", await lead.RefusedAsync(method, argument));
        }

        // Nor by a connection opened for the other session, nor with a ticket of it.
        await using var intruder = await theirs.ConnectAsync(mine.Lead, roles: ["facilitator"]);
        Assert.Equal("ticket-invalid", await intruder.RefusedAsync("Enter", new { ticket = await theirs.TicketAsync(theirs.Lead) }));
        Assert.Equal("not-admitted", await intruder.RefusedAsync("Lock"));
        Assert.Equal((403, "not-enrolled"), await theirs.RefusedAsync(mine.Lead, roles: ["facilitator"]));
        Assert.Equal(before, await World.ReadAsync<long>("select count(*) from room_events where session_id = @id", new { id = theirs.Session }));
        Assert.Null(other.EndedReason);
    }

    [Theory]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<svg/onload=alert(1)>")]
    [InlineData("[me](javascript:alert(1))")]
    [InlineData("data:text/html,<script>alert(1)</script>")]
    [InlineData("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">")]
    public async Task H17_Markup_is_text_in_messages_and_names_and_is_no_reaction(string markup)
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var alias = markup.Length <= 40 ? markup : markup[..40];
        await using var member = await evening.EnterAsync(await evening.MemberAsync(), World.B, body: new { location = new { jurisdiction = "US-FL" }, alias });
        await lead.CallAsync("AdmitAll");
        var said = (await member.PostAsync(markup)).GetProperty("seq").GetInt64();
        await lead.ReadsAsync("room", markup);
        Assert.Equal(alias, lead.Of("room")[^1].GetProperty("by").GetProperty("alias").GetString());
        Assert.Equal(
            "bad-request",
            await member.RefusedAsync(
                "React",
                new
                {
                    stream = "room",
                    seq = said,
                    emoji = markup,
                }
            )
        );
    }

    [Fact]
    public async Task H32_A_clients_idea_of_the_time_changes_nothing()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var before = World.Clock.GetUtcNow();
        await members[0]
            .CallAsync(
                "Post",
                new
                {
                    id = "1",
                    text = "from yesterday",
                    to = "everyone",
                    at = before.AddDays(-1),
                    timestamp = 0,
                }
            );
        await lead.ReadsAsync("room", "from yesterday");
        Assert.InRange(lead.Of("room")[^1].GetProperty("at").GetDateTimeOffset(), before.AddSeconds(-1), World.Clock.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public void Every_hub_method_has_a_row_in_the_committed_matrix()
    {
        var committed = JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hub-roles.json")))!;
        var methods = typeof(RoomHub)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => !m.IsSpecialName && m.GetBaseDefinition().DeclaringType == typeof(RoomHub))
            .Select(m => m.Name)
            .Order(StringComparer.Ordinal);
        Assert.Equal(committed.Keys.Order(StringComparer.Ordinal), methods);
        foreach (var (method, roles) in committed.Where(r => r.Key != "Enter"))
        {
            Assert.Equal(roles.Order(StringComparer.Ordinal), RoomActs.Allowed[Enum.Parse<RoomAct>(method)].Order(StringComparer.Ordinal));
        }

        Assert.Equal(committed.Count - 1, RoomActs.Allowed.Count);
    }
}
