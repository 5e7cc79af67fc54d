using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>
/// People at the doors of several rooms share a transaction; each has an answer of their own, and a room that is held up holds up nobody else.
/// </summary>
public sealed class EnterTogetherTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task Connections_that_enter_at_once_get_an_answer_each_and_a_refused_one_keeps_its_ticket()
    {
        var (first, second) = (await World.EveningAsync(members: 2), await World.EveningAsync());
        await using var lead = await first.EnterAsync(first.Lead);
        await lead.CallAsync("Open");
        await using var known = await first.EnterAsync(first.Members[0]);
        await lead.CallAsync("AdmitAll");
        await known.SeesAsync("room", "participant.joined");
        await lead.PostAsync("hello");
        await using var otherLead = await second.EnterAsync(second.Lead);
        var newcomer = await second.MemberAsync();

        Coming[] all =
        [
            await ComingAsync(first, first.Members[0]),
            await ComingAsync(first, first.Members[1]),
            await ComingAsync(second, newcomer),
            await ComingAsync(first, first.Lead, spend: false),
            await ComingAsync(first, newcomer, ticket: "of nobody"),
            await ComingAsync(second, await second.MemberAsync()),
        ];
        await lead.CallAsync("Lock");
        // Another account's ticket.
        all[5] = all[5] with
        {
            Command = all[5].Command with { TicketHash = all[2].Command.TicketHash },
        };
        var entrances = await World.A.RunTogetherAsync([.. all.Select(c => c.Command)]);

        // Another tab of a member who is in: the room from their admission on, everybody who is there, no second coming.
        var tab = (Entered)entrances[0].Result!;
        Assert.Equal(("in", "live"), (tab.Me.Admission, tab.Phase));
        Assert.Equal(2, tab.Participants.Count);
        Assert.Equal((tab.Me.AdmittedSeq, tab.RoomEnd), tab.Starts.Where(s => s.Stream == "room").Select(s => (s.After, tab.Given["room"])).Single());
        Assert.Equal(tab.Me.AdmittedSeq + 3, tab.RoomEnd);
        Assert.Equal("room-locked", entrances[1].Refusal!.Code);
        var waits = (Entered)entrances[2].Result!;
        Assert.Equal(("waiting", "lobby"), (waits.Me.Admission, waits.Phase));
        Assert.Single(waits.Participants);
        Assert.Equal(["ticket-invalid", "ticket-invalid"], entrances.Skip(4).Select(e => e.Refusal!.Code));
        await otherLead.SeesAsync($"private:{waits.Me.ParticipantId}", "participant.waiting");

        // Neither a locked door nor a shared transaction has spent what they hold.
        await lead.CallAsync("Unlock");
        Assert.Equal("waiting", (await all[1].Client.EnterAsync(all[1].Ticket)).GetProperty("state").GetString());
        Assert.Equal("in", (await all[3].Client.EnterAsync(all[3].Ticket)).GetProperty("state").GetString());
        Assert.Equal("ticket-invalid", await all[2].Client.RefusedAsync("Enter", new { ticket = all[2].Ticket }));
        Assert.Equal(1, known.Kinds("room").Count(k => k == "participant.joined"));
        Assert.True(lead.IsWhole("room"));
        foreach (var coming in all)
        {
            await coming.Client.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_ticket_on_many_connections_at_once_opens_one()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        var member = await evening.MemberAsync();
        var ticket = await evening.TicketAsync(member);
        var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => evening.ConnectAsync(member, World.Nodes[n % 2])));
        var states = await Task.WhenAll(
            clients.Select(async client =>
            {
                try
                {
                    return (await client.EnterAsync(ticket)).GetProperty("state").GetString();
                }
                catch (HubRefusedException e)
                {
                    return e.Code;
                }
            })
        );
        Assert.Equal(["waiting", .. Enumerable.Repeat("ticket-invalid", 9)], states.OrderByDescending(s => s == "waiting"));
        Assert.Equal(
            1,
            await World.ReadAsync<long>(
                "select count(*) from connections where session_id = @Session and participant_id <> @lead",
                new { evening.Session, lead = lead.ParticipantId }
            )
        );
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_entry_does_not_wait_for_another_room_that_is_locked()
    {
        var (held, free) = (await World.EveningAsync(), await World.EveningAsync(members: 3));
        await using var heldLead = await held.EnterAsync(held.Lead);
        await using var freeLead = await free.EnterAsync(free.Lead);
        var late = await held.MemberAsync();
        var ticket = await held.TicketAsync(late);
        await using var client = await held.ConnectAsync(late);
        Task<JsonElement> entering;
        await using (var work = await World.Db.BeginAsync(Caller.System("test")))
        {
            await work.ExecuteAsync("select 1 from sessions where session_id = @Session for no key update", new { held.Session });
            entering = InTheEndAsync(client, ticket);
            foreach (var member in free.Members)
            {
                await (await free.EnterAsync(member)).DisposeAsync();
            }

            Assert.False(entering.IsCompleted);
        }

        Assert.Equal("waiting", (await entering).GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_ticket_says_which_room_it_opens_whatever_the_address_names()
    {
        var (own, other) = (await World.EveningAsync(), await World.EveningAsync());
        await using var lead = await own.EnterAsync(own.Lead);
        await using var otherLead = await other.EnterAsync(other.Lead);
        var member = await own.MemberAsync();
        await using var client = await other.ConnectAsync(member);
        await client.EnterAsync(await own.TicketAsync(member));
        await lead.SeesAsync(client.Own, "participant.waiting");
        Assert.Empty(otherLead.Of(client.Own));
    }

    [Fact]
    public async Task A_cursor_without_a_number_is_a_stream_never_seen()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        await lead.PostAsync("hello");
        await using var back = await evening.EnterAsync(evening.Members[0], World.B, new Dictionary<string, long?> { ["room"] = null });
        Assert.Contains("hello", back.Texts("room"));
        Assert.Equal(
            "bad-request",
            await (await evening.ConnectAsync(evening.Members[0])).RefusedAsync(
                "Enter",
                new { ticket = await evening.TicketAsync(evening.Members[0]), cursors = new { room = -1 } }
            )
        );
    }

    // A room that is held up for long answers that it did not work just now; the ticket is still good.
    private static async Task<JsonElement> InTheEndAsync(RoomClient client, string ticket)
    {
        JsonElement? entered = null;
        await Eventually.Async(
            async () =>
            {
                try
                {
                    entered = await client.EnterAsync(ticket);
                }
                catch (HubRefusedException e) when (e.Code == "try-again")
                {
                    return false;
                }

                return true;
            },
            () => "nobody was let in when the room was free again",
            TimeSpan.FromSeconds(60)
        );
        return entered!.Value;
    }

    private async Task<Coming> ComingAsync(Evening evening, Guid account, string? ticket = null, bool spend = true)
    {
        var client = await evening.ConnectAsync(account);
        var rooms = World.A.Get<LiveRooms>();
        var connection = await Eventually.ValueAsync(
            () => Task.FromResult(rooms.Connections.FirstOrDefault(c => c.Caller.AccountId == account && c.Named == evening.Session && c.Entry is null)),
            () => "the connection was never seen"
        );
        ticket ??= await evening.TicketAsync(account);
        var caller = connection.Caller;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(spend ? ticket : "not this one yet"));
        return new Coming(
            client,
            ticket,
            new Enter(evening.Session, connection.ConnectionId, rooms.NodeId, caller.AccountId, caller.SignInId, caller.SignInEndsAt, hash, null)
            {
                Who = caller.Who,
                Term = rooms.Lease.Term,
            }
        );
    }

    private sealed record Coming(RoomClient Client, string Ticket, Enter Command);
}
