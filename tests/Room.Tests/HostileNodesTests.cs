using System.Net.WebSockets;
using System.Text;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Hostile calls that make use of there being two nodes, or come before there is a hub to call.</summary>
public sealed class HostileNodesTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task H10_From_the_acknowledgement_of_a_mute_on_neither_node_takes_a_word()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A, body: new { });
        var flood = new[] { members[0], tab }
            .SelectMany((c, t) => Enumerable.Range(0, 8).Select(n => c.RefusedAsync("Post", new { id = $"before-{t}-{n}", text = "fast" })))
            .ToList();
        await lead.CallAsync("Mute", new { participantId = tab.ParticipantId, chat = true });
        var after = await Task.WhenAll(
            new[] { members[0], tab }.SelectMany(c =>
                Enumerable.Range(0, 10).Select(n => c.RefusedAsync("Post", new { id = $"after-{n}", text = "after the mute" }))
            )
        );
        Assert.All(after, code => Assert.Equal("muted", code));
        Assert.All(await Task.WhenAll(flood), code => Assert.Contains(code, new[] { "(no refusal)", "muted" }));
        Assert.Equal(
            0,
            await World.ReadAsync<long>("select count(*) from posts where session_id = @id and client_id not like 'before%'", new { id = evening.Session })
        );
    }

    [Fact]
    public async Task H11_The_removed_say_and_hear_nothing_after_their_place_in_the_order_whichever_node_they_hang_on()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A, body: new { });
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        RoomClient[] gone = [members[0], tab];
        var flood = gone.SelectMany((c, t) => Enumerable.Range(0, 8).Select(n => c.RefusedAsync("Post", new { id = $"{t}-{n}", text = "still here" })))
            .ToList();
        await lead.CallAsync("Remove", new { participantId = tab.ParticipantId, reason = "unkind" });
        var later = gone.SelectMany(c => Enumerable.Range(0, 3).Select(n => c.RefusedAsync("Post", new { id = $"later-{n}", text = "still here" }))).ToList();
        await Task.WhenAll(lead.PostAsync("said at one node"), co.PostAsync("said at the other"), members[1].PostAsync("said by a member"));
        Assert.All(await Task.WhenAll(later), code => Assert.Contains(code, new[] { "removed", "not-admitted", "" }));
        await Task.WhenAll(flood);
        foreach (var client in gone)
        {
            await client.IsEndedAsync("removed");
            Assert.DoesNotContain("said", client.Wire, StringComparison.Ordinal);
        }

        await members[1].SeesAsync("room", "participant.removed");
        foreach (var text in new[] { "said at one node", "said at the other", "said by a member" })
        {
            await members[1].ReadsAsync("room", text);
        }

        var after = members[1].Of("room").SkipWhile(e => e.GetProperty("kind").GetString() != "participant.removed").ToList();
        Assert.DoesNotContain(after.Skip(1), e => e.GetRawText().Contains($"{tab.ParticipantId}", StringComparison.Ordinal));
        var place = after[0].GetProperty("seq").GetInt64();
        Assert.All(gone, client => Assert.All(client.Of("room"), e => Assert.True(e.GetProperty("seq").GetInt64() <= place)));
    }

    [Fact]
    public async Task H14_Members_do_not_join_before_the_lobby_or_after_the_end_and_an_old_ticket_opens_nothing()
    {
        var early = await World.EveningAsync(startsIn: TimeSpan.FromHours(3));
        Assert.Equal((409, "room-not-open"), await early.RefusedAsync(await early.MemberAsync(), node: World.B));
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        var member = await evening.MemberAsync();
        var ticket = await evening.TicketAsync(member);
        await using var kept = await evening.ConnectAsync(member, World.B);
        await lead.CallAsync("End", new { reason = "over" });
        Assert.Equal("ticket-invalid", await kept.RefusedAsync("Enter", new { ticket }));
        Assert.Equal((409, "room-ended"), await evening.RefusedAsync(member, node: World.B));
    }

    [Fact]
    public async Task H25_A_role_that_was_taken_at_one_node_is_gone_at_the_other_with_the_next_call()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        await using var co = await evening.EnterAsync(evening.Co, World.B);
        await co.CallAsync("Lock");
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(evening.Co, ["member"], [], 2, World.Clock.GetUtcNow()));
        Assert.Contains(await co.RefusedAsync("Unlock"), new[] { "not-allowed", "not-admitted", "" });
        await co.IsEndedAsync("eligibility-lost");
        await lead.SeesAsync("room", "room.locked");
        Assert.DoesNotContain("room.unlocked", lead.Kinds("room"));
    }

    [Theory]
    [InlineData("H19", "{\"protocol\":\"messagepack\",\"version\":1}\u001e")]
    [InlineData("H19", "{\"protocol\":\"json\",\"version\":99}\u001e")]
    [InlineData("H19", "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Enter\",\"arguments\":[{\"ticket\":\"x\"}]}\u001e")]
    [InlineData("H19", "\u001e\u001e\u001e")]
    [InlineData("H19", "deep")]
    [InlineData("H16", "ten megabytes")]
    public async Task What_is_no_beginning_closes_its_own_connection_and_no_other(string id, string first)
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(0);
        using var socket = await OpenAsync(evening);
        await SendAsync(
            socket,
            first switch
            {
                "deep" => "{\"protocol\":\"json\",\"version\":1}\u001e{\"type\":1,\"invocationId\":\"1\",\"target\":\"Post\",\"arguments\":"
                    + new string('[', 20_000)
                    + "\u001e",
                "ten megabytes" => "{\"protocol\":\"json\",\"version\":1}\u001e"
                    + "{\"type\":1,\"invocationId\":\"1\",\"target\":\"Post\",\"arguments\":[{\"id\":\"1\",\"text\":\""
                    + new string('x', 10_000_000)
                    + "\"}]}\u001e",
                _ => first,
            }
        );
        Assert.DoesNotContain("System.", await LastWordsAsync(socket), StringComparison.Ordinal);
        await lead.PostAsync($"unmoved by {id}");
        await lead.ReadsAsync("room", $"unmoved by {id}");
        Assert.Null(lead.EndedReason);
    }

    [Fact]
    public async Task H01_A_token_that_is_over_or_stands_in_the_address_opens_nothing()
    {
        var evening = await World.EveningAsync();
        var token = World.B.Tokens.For("room", evening.Lead, ["facilitator"], ["grouport"]);
        using var bare = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() =>
            bare.ConnectAsync(
                new UriBuilder(World.B.Address)
                {
                    Scheme = "ws",
                    Path = "/hubs/room",
                    Query = $"session={evening.Session}&access_token={token}",
                }.Uri,
                CancellationToken.None
            )
        );
        World.Clock.Advance(TimeSpan.FromMinutes(5));
        await Assert.ThrowsAsync<HubLostException>(() => RoomClient.ConnectAsync(World.B.Address, token, evening.Session));
        await using var renewed = await evening.ConnectAsync(evening.Lead, World.B);
        Assert.Equal("not-admitted", await renewed.RefusedAsync("Lock"));
    }

    private async Task<ClientWebSocket> OpenAsync(Evening evening)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {World.B.Tokens.For("room", evening.Co, ["facilitator"], ["grouport"])}");
        await socket.ConnectAsync(
            new UriBuilder(World.B.Address)
            {
                Scheme = "ws",
                Path = "/hubs/room",
                Query = $"session={evening.Session}",
            }.Uri,
            CancellationToken.None
        );
        return socket;
    }

    private static async Task SendAsync(ClientWebSocket socket, string text)
    {
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // Cut in the middle of it, as it deserves.
        }
    }

    /// <summary>All that came before the server closed; that it closes is part of the fact.</summary>
    private static async Task<string> LastWordsAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (buffer, words) = (new byte[8192], new StringBuilder());
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) is { MessageType: not WebSocketMessageType.Close } read)
            {
                words.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
            }
        }
        catch (WebSocketException)
        {
            // Cut without a farewell.
        }

        return words.ToString();
    }
}
