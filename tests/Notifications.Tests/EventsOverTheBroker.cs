using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Tests.Support;
using MassTransit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>The one test that needs the real broker: from another service's event to a mail, under Notifications' own account and rights.</summary>
public sealed class EventsOverTheBroker
{
    [Fact]
    public async Task An_event_of_another_service_becomes_a_mail()
    {
        var rabbit = await Engines.RabbitAsync();
        var (username, password) = rabbit.Account("notifications");
        await using var server = new MailServer();
        await using var world = await World.StartAsync(server.Port, ("Bus:Port", $"{rabbit.Port}"), ("Bus:Username", username), ("Bus:Password", password));
        var (admin, adminPassword) = rabbit.Account(RabbitEndpoint.Admin);
        var others = Bus.Factory.CreateUsingRabbitMq(bus =>
            bus.Host(
                rabbit.Host,
                (ushort)rabbit.Port,
                "/",
                host =>
                {
                    host.Username(admin);
                    host.Password(adminPassword);
                }
            )
        );
        await others.StartAsync();
        try
        {
            await Eventually.Async(
                () => world.Service.Get<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy,
                () => "the service's bus did not become healthy",
                TimeSpan.FromSeconds(60)
            );
            var (group, member) = (Guid.CreateVersion7(), world.Person("maya"));
            var session = world.Snapshot(group, world.Now.AddDays(2));
            await others.Publish(new EnrollmentConfirmed(Guid.CreateVersion7(), group, member, 2, world.Now));
            await world.StateIsAsync(member, "enrolled", "sent");
            await others.Publish(new SessionScheduled(session, world.Now));
            await others.Publish(new SessionCancelled(session with { Cancelled = true, Version = 2 }, world.Now));
            await world.StateIsAsync(member, "session-cancelled", "sent");
            Assert.Equal(2, server.To("maya@people.test").Count);
        }
        finally
        {
            await others.StopAsync();
        }
    }
}
