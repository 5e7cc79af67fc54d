using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Consumers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Notifications with a database of its own, people it writes to, and the server it sends by.</summary>
public sealed class World : IAsyncDisposable
{
    /// <summary>Wednesday noon in New York: nobody's night.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 7, 17, 0, 0, TimeSpan.Zero);

    private readonly TestDatabase _database;

    private World(TestDatabase database, Neighbours neighbours, TestClock clock) => (_database, Neighbours, Clock) = (database, neighbours, clock);

    public Neighbours Neighbours { get; }

    public TestClock Clock { get; }

    public InProcess Service { get; private set; } = null!;

    public Db Db => Service.Get<Db>();

    public DateTimeOffset Now => Clock.GetUtcNow();

    public Guid Lead { get; private set; }

    /// <param name="smtpPort">Null lays mails into a folder.</param>
    public static async Task<World> StartAsync(int? smtpPort, params (string Name, string? Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync(
            "notifications",
            owner => Migrator.MigrateAsync(owner, "notifications", typeof(NotificationsApp).Assembly, TimeProvider.System)
        );
        var world = new World(database, await Neighbours.StartAsync(), new TestClock(Start));
        await world.StartServiceAsync(smtpPort, settings);
        world.Lead = world.Person("lead");
        await world.DeliverAsync(
            new KnowPracticeWhenPracticeChanged(world.Db),
            new PracticeChanged("grouport", "Grouport", "America/New_York", [], [], 1, world.Now)
        );
        return world;
    }

    public async Task StartServiceAsync(int? smtpPort, params (string Name, string? Value)[] settings)
    {
        var address = $"http://127.0.0.1:{Neighbours.Port}";
        Service = await InProcess.StartAsync(
            "notifications",
            adjust =>
                NotificationsApp.Build(
                    [],
                    builder =>
                    {
                        adjust(builder);
                        builder.Configuration.AddInMemoryCollection([
                            new("Identity:Address", address),
                            new("Enrollment:Address", address),
                            new("Service:Key", Neighbours.Key),
                            new("Public:Url", "https://groups.test"),
                            new("Mail:From", "no-reply@groups.test"),
                            new("Mail:Smtp:Host", smtpPort is null ? null : "127.0.0.1"),
                            new("Mail:Smtp:Port", $"{smtpPort}"),
                            new("Mail:Smtp:Security", "none"),
                            new("Mail:Smtp:TimeoutSeconds", "2"),
                        ]);
                        builder.Configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value)));
                        builder.Logging.AddFilter("MassTransit", LogLevel.None);
                    }
                ),
            _database.Runtime,
            Clock
        );
    }

    /// <summary>A person with an address.</summary>
    public Guid Person(string name, string? language = null, string? zone = null)
    {
        var id = Guid.CreateVersion7();
        Neighbours.Addresses[id] = $"{name}@people.test";
        Neighbours.Profiles[id] = (language, zone);
        return id;
    }

    public Task DeliverAsync<T>(TransactionalConsumer<T> consumer, T message)
        where T : class => consumer.DeliverAsync(message, Guid.CreateVersion7());

    /// <summary>A member with a seat.</summary>
    public async Task<(Guid Member, Guid Enrollment)> MemberAsync(Guid group, string name, string? language = null, string? zone = null)
    {
        var (member, enrollment) = (Person(name, language, zone), Guid.CreateVersion7());
        await DeliverAsync(new WelcomeWhenEnrollmentConfirmed(Db), new EnrollmentConfirmed(enrollment, group, member, 2, Now));
        return (member, enrollment);
    }

    public SessionSnapshot Snapshot(Guid group, DateTimeOffset startsAt, Guid? id = null, long version = 1, bool cancelled = false, Guid? lead = null) =>
        new(
            id ?? Guid.CreateVersion7(),
            group,
            "grouport",
            "psychotherapy_group",
            "video",
            startsAt,
            startsAt.AddHours(1),
            "America/New_York",
            lead ?? Lead,
            [],
            10,
            30,
            true,
            cancelled,
            version
        );

    /// <param name="ahead">Of <see cref="Start"/>.</param>
    public async Task<SessionSnapshot> SessionAsync(Guid group, TimeSpan ahead)
    {
        var session = Snapshot(group, Start + ahead);
        await DeliverAsync(new PlanRemindersWhenSessionScheduled(Db), new SessionScheduled(session, Now));
        return session;
    }

    public Task CancelAsync(SessionSnapshot session) =>
        DeliverAsync(new TellWhenSessionCancelled(Db), new SessionCancelled(session with { Cancelled = true, Version = session.Version + 1 }, Now));

    public async Task<Guid> OperatorAsync(string name, string practice = "grouport")
    {
        var id = Person(name);
        await DeliverAsync(new KnowStaffWhenRolesChanged(Db), new RolesChanged(id, ["operator"], [practice], 1, Now, [new Membership(practice, ["operator"])]));
        return id;
    }

    /// <summary>Mails of a person by kind, each as <c>state error</c>.</summary>
    public async Task<string> StateAsync(Guid person, string kind) =>
        string.Join(
            ", ",
            await Db.QueryAsync<string>(
                "select state || coalesce(' ' || error, '') from mails where account_id = @person and kind = @kind order by due_at, id",
                new { person, kind }
            )
        );

    public Task StateIsAsync(Guid person, string kind, string expected)
    {
        var seen = "";
        return Eventually.Async(
            async () => (seen = await StateAsync(person, kind)) == expected,
            () => $"{kind} is '{seen}' and not '{expected}'",
            TimeSpan.FromSeconds(30)
        );
    }

    /// <summary>Has mails that wait for their next attempt tried now.</summary>
    public async Task TryNowAsync()
    {
        await using var work = await Db.BeginAsync(Platform.Security.Caller.System("test"));
        await work.ExecuteAsync(
            """
            update due_work w set next_attempt_at = @Now from mails m
            where w.kind = 'mail.send' and w.key = m.id::text and m.error is not null and w.next_attempt_at > @Now
            """,
            new { work.Now }
        );
        work.WakeAfterCommit("mail.send");
        await work.CommitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Neighbours.DisposeAsync();
        await _database.DisposeAsync();
    }
}
