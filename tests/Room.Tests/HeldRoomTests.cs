using System.Net;
using System.Net.Sockets;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class HeldRoomTests : IAsyncLifetime
{
    private RoomWorld World { get; set; } = null!;

    public async ValueTask InitializeAsync() => World = await RoomWorld.StartAsync(settings: [("Times:FacilitatorGrace", "3"), ("Times:HeldEnd", "600")]);

    public ValueTask DisposeAsync() => World.DisposeAsync();

    [Fact]
    public async Task A_room_without_its_facilitator_is_held_and_goes_on_when_staff_come()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        lead.Abort();
        await members[0].SeesAsync("room", "room.held");
        var held = members[0].Of("room").Single(e => e.GetProperty("kind").GetString() == "room.held").GetProperty("data");
        Assert.Equal("988", held.GetProperty("crisisLines")[0].GetProperty("phone").GetString());
        Assert.True(held.GetProperty("until").GetDateTimeOffset() > World.Clock.GetUtcNow().AddMinutes(9));
        Assert.Equal("room-held", await members[0].RefusedAsync("Post", new { id = "1", text = "is anybody there?" }));
        Assert.Equal("room-held", await members[0].RefusedAsync("RaiseHand"));
        await members[0].PostAsync("we are alone", "facilitators");
        await members[0].CallAsync("RequestHelp", new { });

        await using var co = await evening.EnterAsync(evening.Co, World.B);
        Assert.Contains("help.requested", co.Kinds("staff"));
        Assert.Equal("live", co.Entered.GetProperty("phase").GetString());
        await members[0].SeesAsync("room", "room.resumed");
        await members[0].PostAsync("good to see you");
        Assert.Equal(["open", "live", "held", "live"], await World.Db.QueryAsync<string>(
            "select body->>'phase' from outbox where urn like '%session-phase-changed%' and body->>'sessionId' = @id order by id", new { id = evening.Session.ToString() }));
    }

    [Fact]
    public async Task A_held_room_ends_safely_at_its_deadline()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await lead.CallAsync("Leave");
        await members[0].SeesAsync("room", "room.held");
        World.Clock.Advance(TimeSpan.FromMinutes(11));
        await members[0].IsEndedAsync("session-ended");
        Assert.Equal("no-facilitator", await World.ReadAsync<string>("select end_reason from sessions where session_id = @id", new { id = evening.Session }));
    }

    [Fact]
    public async Task A_facilitator_whose_socket_is_a_black_hole_counts_as_gone()
    {
        var evening = await World.EveningAsync();
        await using var hole = new BlackHole(World.A.Address.Port);
        var ticket = await evening.TicketAsync(evening.Lead);
        await using var lead = await RoomClient.ConnectAsync(new Uri($"http://127.0.0.1:{hole.Port}"), World.A.Tokens.For("room", evening.Lead, [Roles.Facilitator]), evening.Session);
        await lead.EnterAsync(ticket);
        await lead.CallAsync("Open");
        await using var member = await evening.EnterAsync(await evening.MemberAsync(), World.B);
        await lead.CallAsync("AdmitAll");
        await member.SeesAsync("room", "participant.joined");

        // Silent but alive: no frame of its own for longer than the grace, and the room stays live.
        var silentSince = TimeProvider.System.GetTimestamp();
        await Eventually.Async(() => TimeProvider.System.GetElapsedTime(silentSince) > TimeSpan.FromSeconds(5), () => "time stood still");
        Assert.Equal("live", await World.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session }));
        hole.Swallow = true;
        await member.SeesAsync("room", "room.held");
    }

    [Fact]
    public async Task A_session_that_nobody_ended_ends_a_quarter_of_an_hour_after_its_time()
    {
        var evening = await World.EveningAsync();
        await using var lead = await evening.EnterAsync(evening.Lead);
        World.Clock.Advance(TimeSpan.FromMinutes(64));
        Assert.Equal("lobby", await World.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = evening.Session }));
        World.Clock.Advance(TimeSpan.FromMinutes(17));
        await lead.IsEndedAsync("session-ended");
        Assert.Equal("time-over", await World.ReadAsync<string>("select end_reason from sessions where session_id = @id", new { id = evening.Session }));
    }

    /// <summary>A TCP relay that can stop relaying without closing anything: what a lost network looks like.</summary>
    private sealed class BlackHole : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly int _target;

        public BlackHole(int target)
        {
            _target = target;
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public volatile bool Swallow;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Dispose();
        }

        private async Task AcceptAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _target);
                _ = RelayAsync(client, server);
                _ = RelayAsync(server, client);
            }
        }

        private async Task RelayAsync(TcpClient from, TcpClient to)
        {
            var buffer = new byte[8192];
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is var read and > 0)
            {
                if (!Swallow)
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                }
            }
        }
    }
}
