using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Tests.Support;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

/// <summary>The one test that needs the real broker: events come in and go out under Scheduling's own account and rights.</summary>
public sealed class EventsOverTheBroker
{
    [Fact]
    public async Task Events_of_other_services_arrive_and_events_of_Scheduling_leave()
    {
        var rabbit = await Engines.RabbitAsync();
        await using var database = await TestDatabase.CreateAsync(
            "scheduling",
            owner => Migrator.MigrateAsync(owner, "scheduling", typeof(SchedulingApp).Assembly, TimeProvider.System)
        );
        var (username, password) = rabbit.Account("scheduling");
        await using var service = await InProcess.StartAsync(
            "scheduling",
            adjust =>
                SchedulingApp.Build(
                    [],
                    builder =>
                    {
                        adjust(builder);
                        builder.Configuration.AddInMemoryCollection([
                            new("Bus:Port", $"{rabbit.Port}"),
                            new("Bus:Username", username),
                            new("Bus:Password", password),
                        ]);
                        builder.Logging.AddFilter("MassTransit", LogLevel.None);
                    }
                ),
            database.Runtime
        );

        var heard = new TaskCompletionSource<GroupOpened>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (admin, adminPassword) = rabbit.Account(RabbitEndpoint.Admin);
        var others = Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(
                rabbit.Host,
                (ushort)rabbit.Port,
                "/",
                host =>
                {
                    host.Username(admin);
                    host.Password(adminPassword);
                }
            );
            bus.ReceiveEndpoint(
                "listener",
                endpoint =>
                    endpoint.Handler<GroupOpened>(context =>
                    {
                        heard.TrySetResult(context.Message);
                        return Task.CompletedTask;
                    })
            );
        });
        await others.StartAsync();
        try
        {
            var (ana, now) = (Guid.CreateVersion7(), TimeProvider.System.GetUtcNow());
            await QueueIsBoundAsync(service);
            await others.Publish(new FacilitatorCredentialChanged(ana, "Ana Reyes", "counselor", ["grouport"], ["LMHC (FL)"], 1, now));
            using var client = service.As(Guid.CreateVersion7(), "operator");
            var request = SchedulingWorld.Request(ana, $"{now.AddDays(2):yyyy-MM-dd}");
            var id = Guid.Empty;
            await Eventually.Async(
                async () =>
                {
                    using var answer = await client.PostAsJsonAsync("/api/groups", request);
                    id = answer.IsSuccessStatusCode ? (Guid)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["id"]! : Guid.Empty;
                    return id != Guid.Empty;
                },
                () => "the facilitator did not become known"
            );

            Assert.Equal(id, (await heard.Task.WaitAsync(TimeSpan.FromSeconds(15))).Group.GroupId);

            await others.Publish(new SeatsChanged(id, 10, 3, 1, now));
            await Eventually.Async(
                async () => (int)(await client.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["seatsLeft"]! == 7,
                () => "the count of seats did not arrive"
            );
            await Eventually.Async(
                async () => await service.Get<Db>().FirstOrDefaultAsync<int>("select count(*)::int from outbox") == 0,
                () => "the outbox was not emptied"
            );
        }
        finally
        {
            await others.StopAsync();
        }
    }

    // A message published before the queue exists would reach nobody.
    private static Task QueueIsBoundAsync(InProcess service) =>
        Eventually.Async(
            () => service.Get<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy,
            () => "the service's bus did not become healthy",
            TimeSpan.FromSeconds(30)
        );
}
