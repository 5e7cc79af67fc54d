using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Messaging;

[Collection("shared broker")]
public sealed class OutboxTests(BusWorld world) : IClassFixture<BusWorld>
{
    [Fact]
    public async Task A_committed_message_arrives_once_and_leaves_the_outbox()
    {
        await using var alpha = await world.SenderAsync(relays: true);

        var things = await alpha.AnnounceAsync(5);

        await alpha.EmptiedAsync();
        foreach (var thing in things)
        {
            await world.ArrivedAsync(thing);
            Assert.Single(world.DeliveriesOf(thing));
            Assert.Equal(1, await world.KeptAsync(thing));
        }
    }

    [Fact]
    public async Task While_the_broker_is_gone_a_message_waits_and_leaves_when_it_is_back()
    {
        await using var alpha = await world.SenderAsync(relays: false);
        await world.ArrivedAsync(await RelayedAsync(alpha));
        await alpha.Broker.GoneAsync();
        var thing = await alpha.AnnounceAsync();

        Assert.Equal(0, await alpha.Relay.RelayAsync(default));
        Assert.Equal(1, await alpha.WaitingAsync());
        Assert.Equal(0, await world.KeptAsync(thing));

        await alpha.Broker.TellAsync("pass");
        await Eventually.Async(
            async () => await alpha.Relay.RelayAsync(default) == 1,
            () => "the message was not sent when the broker was back",
            TimeSpan.FromSeconds(60)
        );
        await world.ArrivedAsync(thing);
        Assert.Equal(0, await alpha.WaitingAsync());
        Assert.Equal(1, await world.KeptAsync(thing));
    }

    [Fact]
    public async Task The_service_sends_by_itself_once_the_broker_is_back()
    {
        await using var alpha = await world.SenderAsync(relays: true);
        await alpha.Broker.GoneAsync();
        var thing = await alpha.AnnounceAsync();
        await alpha.Broker.TellAsync("pass");

        await world.ArrivedAsync(thing);
        await alpha.EmptiedAsync();
        Assert.Equal(1, await world.KeptAsync(thing));
    }

    [Fact]
    public async Task Two_relays_side_by_side_send_every_message_once()
    {
        await using var alpha = await world.SenderAsync(relays: false);
        var things = await alpha.AnnounceAsync(600);

        var sent = await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var all = 0;
                        while (await alpha.WaitingAsync() > 0)
                        {
                            all += await alpha.Relay.RelayAsync(default);
                        }

                        return all;
                    })
                )
        );

        Assert.Equal(600, sent.Sum());
        await Eventually.Async(
            async () => await world.Kept.AskAsync<long>("select count(*) from things where label = any($1)", [things.Select(t => $"{t}").ToArray()]) == 600,
            () => "not every message arrived",
            TimeSpan.FromSeconds(60)
        );
        Assert.All(things, thing => Assert.Single(world.DeliveriesOf(thing)));
    }

    [Fact]
    public async Task A_relay_that_hangs_holds_up_only_what_it_has_claimed()
    {
        await using var alpha = await world.SenderAsync(relays: false);
        var things = await alpha.AnnounceAsync(3);
        await using var other = await alpha.Database.Source.OpenConnectionAsync();
        await using var claim = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("select 1 from outbox order by id limit 1 for update", other, claim))
        {
            await command.ExecuteScalarAsync();
        }

        Assert.Equal(2, await alpha.Relay.RelayAsync(default));
        await world.ArrivedAsync(things[2]);

        await claim.RollbackAsync();
        Assert.Equal(1, await alpha.Relay.RelayAsync(default));
        await world.ArrivedAsync(things[0]);
    }

    [Fact]
    public async Task A_crash_between_publishing_and_deleting_sends_again_under_the_same_id_and_counts_once()
    {
        await using var alpha = await world.SenderAsync(relays: false);
        var thing = await alpha.AnnounceAsync();
        await alpha.Database.RunAsync(
            """
            create function crash() returns trigger language plpgsql as $$ begin raise exception 'crash' using errcode = 'admin_shutdown'; end $$;
            create constraint trigger crash after delete on outbox deferrable initially deferred for each row execute function crash();
            """
        );
        await Assert.ThrowsAsync<PostgresException>(() => alpha.Relay.RelayAsync(default));
        await world.ArrivedAsync(thing);
        Assert.Equal(1, await alpha.WaitingAsync());

        await alpha.Database.RunAsync("drop trigger crash on outbox");
        Assert.Equal(1, await alpha.Relay.RelayAsync(default));

        await DeliveredTwiceCountedOnceAsync(thing);
    }

    [Fact]
    public async Task A_message_whose_confirmation_is_lost_stays_and_is_sent_again_under_the_same_id()
    {
        await using var alpha = await world.SenderAsync(relays: false);
        await world.ArrivedAsync(await RelayedAsync(alpha));
        var thing = await alpha.AnnounceAsync();
        await alpha.Broker.TellAsync("half down");

        Assert.Equal(0, await alpha.Relay.RelayAsync(default));
        await world.ArrivedAsync(thing);
        Assert.Equal(1, await alpha.WaitingAsync());

        await alpha.Broker.TellAsync("pass");
        await Eventually.Async(async () => await alpha.Relay.RelayAsync(default) == 1, () => "the message was not sent again", TimeSpan.FromSeconds(60));
        await DeliveredTwiceCountedOnceAsync(thing);
    }

    [Fact]
    public async Task A_message_that_cannot_be_sent_waits_alone()
    {
        await using var alpha = await world.SenderAsync(relays: false);
        await alpha.Database.RunAsync(
            "insert into outbox (message_id, urn, body, created_at) values (gen_random_uuid(), 'urn:message:grouptherapy:alpha:forgotten:v1', '{}', now())"
        );
        var thing = await alpha.AnnounceAsync();

        Assert.Equal(1, await alpha.Relay.RelayAsync(default));

        await world.ArrivedAsync(thing);
        Assert.Equal(1, await alpha.WaitingAsync());
        Assert.Equal(0, await alpha.Relay.RelayAsync(default));
        Assert.Single(world.DeliveriesOf(thing));
    }

    [Fact]
    [Trait("hostile", "B05")]
    public async Task A_message_that_its_consumer_cannot_handle_goes_to_the_error_queue_the_rest_flow_and_it_can_be_replayed()
    {
        await using var alpha = await world.SenderAsync(relays: true);

        var poison = await alpha.AnnounceAsync(KeepThingWhenMade.Poison);
        var rest = await alpha.AnnounceAsync(20);

        foreach (var thing in rest)
        {
            await world.ArrivedAsync(thing);
        }

        await Eventually.Async(async () => await world.InErrorQueueAsync() == 1, () => "the message did not come to the error queue", TimeSpan.FromSeconds(60));
        Assert.Equal(0, await world.KeptAsync(poison));
        Assert.Equal(4, world.Attempts[poison]);
        await ReplayedAsync(poison);
    }

    [Fact]
    public async Task A_message_that_meets_an_outage_again_and_again_does_not_stop_its_queue()
    {
        await using var alpha = await world.SenderAsync(relays: true);

        var storm = await alpha.AnnounceAsync(KeepThingWhenMade.EndlessStorm);
        var rest = await alpha.AnnounceAsync(20);

        foreach (var thing in rest)
        {
            await world.ArrivedAsync(thing);
        }

        await Eventually.Async(async () => await world.InErrorQueueAsync() == 1, () => "the message did not come to the error queue", TimeSpan.FromSeconds(60));
        Assert.Equal(9, world.Attempts[storm]);
        await ReplayedAsync(storm);
    }

    private async Task ReplayedAsync(Guid thing)
    {
        var queues = world.OfBeta<ErrorQueues>();
        Assert.Equal(new ErrorQueue("beta.keep-thing-when-made", 1), Assert.Single(await queues.ListAsync(default)));
        Assert.Null(await queues.ReplayAsync("alpha.keep-thing-when-made", default));
        world.Attempts.IsRepaired = true;
        Assert.Equal(1, await queues.ReplayAsync("beta.keep-thing-when-made", default));
        await world.ArrivedAsync(thing);
        world.Attempts.IsRepaired = false;
        Assert.Empty(await queues.ListAsync(default));
    }

    [Fact]
    public async Task A_message_that_meets_an_absent_database_waits_for_it_and_counts_once()
    {
        await using var alpha = await world.SenderAsync(relays: true);

        var thing = await alpha.AnnounceAsync(KeepThingWhenMade.Storm);

        await world.ArrivedAsync(thing);
        Assert.Equal(1, await world.KeptAsync(thing));
        Assert.Equal(KeepThingWhenMade.StormLasts, world.Attempts[thing]);
    }

    private async Task<Guid> RelayedAsync(Sender alpha)
    {
        var thing = await alpha.AnnounceAsync();
        await Eventually.Async(async () => await alpha.Relay.RelayAsync(default) == 1, () => "the broker was not reached", TimeSpan.FromSeconds(60));
        return thing;
    }

    private async Task DeliveredTwiceCountedOnceAsync(Guid thing)
    {
        await world.DealtWithAsync(thing, 2);
        Assert.Single(world.DeliveriesOf(thing).Distinct());
        Assert.Equal(1, await world.KeptAsync(thing));
    }
}
