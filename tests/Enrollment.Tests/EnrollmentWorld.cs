using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Time;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GroupTherapy.Enrollment.Tests;

/// <summary>The real Enrollment service on a database of its own, with a practice in it: Ana leads, licensed in Florida, New York and New Jersey.</summary>
public sealed class EnrollmentWorld : IAsyncLifetime
{
    private TestDatabase? _database;

    public EnrollmentWorld()
        : this(null) { }

    /// <param name="startsAt">What the clock shows at first; the real time when null.</param>
    internal EnrollmentWorld(DateTimeOffset? startsAt) => Clock = new TestClock(startsAt);

    public TestClock Clock { get; }

    public InProcess Service { get; private set; } = null!;

    public string Owner => _database!.Owner;

    public string Runtime => _database!.Runtime;

    public Guid Ana { get; } = Guid.CreateVersion7();

    public Guid OperatorId { get; } = Guid.CreateVersion7();

    public HttpClient Operator => Service.As(OperatorId, "operator");

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(
            "enrollment",
            owner => Migrator.MigrateAsync(owner, "enrollment", typeof(EnrollmentApp).Assembly, TimeProvider.System)
        );
        Service = await StartAsync();
        await FacilitatorAsync(Ana, "counselor", ["grouport"], ("LMHC", "US-FL", 400), ("LMHC", "US-NY", 400), ("LPC", "US-NJ", 60));
    }

    public Task<InProcess> StartAsync(params KeyValuePair<string, string?>[] settings) =>
        InProcess.StartAsync(
            "enrollment",
            adjust => EnrollmentApp.Build([], adjust),
            _database!.Runtime,
            Clock,
            [KeyValuePair.Create("FourEyes:SecondFactor", (string?)"false"), .. settings ?? []]
        );

    /// <summary>The whole service is away while <paramref name="meanwhile"/> passes. Its address is another one afterwards.</summary>
    public async Task AwayAsync(TimeSpan meanwhile)
    {
        await Service.DisposeAsync();
        Clock.Advance(meanwhile);
        Service = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await _database!.DisposeAsync();
    }

    /// <summary>A facilitator with licences that last some days from now. Written by SQL: accounts are Identity's.</summary>
    public async Task FacilitatorAsync(Guid id, string profession, string[] practices, params (string Type, string Jurisdiction, int Days)[] licences)
    {
        var today = DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime);
        await RunAsync(
            "insert into facilitators (id, display_name, profession, location, practices, version, updated_at) values ($1, 'A facilitator', $2, "
                + "'US-FL', $3, 1, now())",
            id,
            profession,
            practices
        );
        foreach (var (type, jurisdiction, days) in licences)
        {
            using var response = await Service
                .As(OperatorId, ["operator"], practices)
                .PostAsJsonAsync(
                    $"/api/facilitators/{id}/credentials",
                    new
                    {
                        kind = "licence",
                        jurisdiction,
                        type,
                        status = "active",
                        validFrom = "2018-01-01",
                        validTo = today.AddDays(days).ToString("yyyy-MM-dd"),
                        encumbered = false,
                    }
                );
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        }
    }

    /// <summary>A group as Scheduling would announce it.</summary>
    public async Task<Guid> GroupAsync(
        int seats,
        string serviceClass = "psychotherapy_group",
        bool part2 = false,
        long version = 1,
        Guid? id = null,
        bool closed = false
    )
    {
        var group = new GroupSnapshot(
            id ?? Guid.CreateVersion7(),
            "grouport",
            part2 ? null : $"A {serviceClass}",
            serviceClass,
            seats,
            18,
            Ana,
            [],
            part2,
            false,
            null,
            closed,
            version
        );
        await DeliverAsync<UpsertSeatGroupWhenGroupOpened, GroupOpened>(new GroupOpened(group, Clock.GetUtcNow()));
        return group.GroupId;
    }

    public async Task<SessionSnapshot> SessionAsync(Guid group, TimeSpan startsIn, long version = 1, Guid? id = null, bool cancelled = false)
    {
        var starts = Clock.GetUtcNow().ToMicroseconds() + startsIn;
        var session = new SessionSnapshot(
            id ?? Guid.CreateVersion7(),
            group,
            "grouport",
            "psychotherapy_group",
            "video",
            starts,
            starts + TimeSpan.FromHours(1),
            "America/New_York",
            Ana,
            [],
            10,
            30,
            true,
            cancelled,
            version
        );
        await DeliverAsync<PlanPermitsWhenSessionScheduled, SessionScheduled>(new SessionScheduled(session, Clock.GetUtcNow()));
        return session;
    }

    public Task DeliverAsync<TConsumer, TMessage>(TMessage message, Guid? messageId = null)
        where TConsumer : TransactionalConsumer<TMessage>
        where TMessage : class => ActivatorUtilities.CreateInstance<TConsumer>(Service.App.Services).DeliverAsync(message, messageId ?? Guid.CreateVersion7());

    /// <summary>A member with a complete profile who lives in a state.</summary>
    public async Task<(Guid Id, HttpClient Http)> MemberInAsync(string state)
    {
        var id = Guid.CreateVersion7();
        var http = Service.As(id, "member");
        using var response = await http.PutAsJsonAsync("/api/me/profile", Profile(state));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (id, http);
    }

    public static object Profile(string state, string born = "1990-05-05") =>
        new
        {
            legalName = "Somebody",
            dateOfBirth = born,
            phone = "+1 813 555 0100",
            residence = new
            {
                line1 = "1 Main Street",
                city = "Town",
                state,
                postalCode = "33602",
                country = "US",
            },
            emergencyContact = new
            {
                name = "A friend",
                phone = "+1 813 555 0101",
                relation = "friend",
            },
        };

    public static async Task<(HttpStatusCode Status, JsonNode Body)> EnrolAsync(HttpClient http, Guid group, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/enrollments") { Content = JsonContent.Create(new { groupId = group }) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public static async Task<(HttpStatusCode Status, JsonNode Body)> ConfirmAsync(HttpClient http, JsonNode enrollment)
    {
        var consents = enrollment["consents"]!.AsArray().Select(c => new { document = (string)c!["document"]!, version = (int)c["version"]! }).ToArray();
        using var response = await http.PostAsJsonAsync($"/api/enrollments/{enrollment["id"]}/confirm", new { consents });
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public async Task<T> AskAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task RunAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The newest message of one kind about something; null when none waits.</summary>
    public async Task<JsonNode?> LastSentAsync(string message, Guid about) => await SentAsync(message, about) is { Count: > 0 } all ? all[^1] : null;

    /// <summary>Messages of one kind that wait in the outbox about a group, oldest first. No broker runs here, so all stay.</summary>
    public async Task<IReadOnlyList<JsonNode>> SentAsync(string message, Guid? about = null)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "select body::text from outbox where urn like $1 and ($2::text is null or body::text like $2) order by id",
            connection
        );
        command.Parameters.AddWithValue($"%:{message}:v1");
        command.Parameters.Add(new NpgsqlParameter { Value = about is { } id ? $"%{id}%" : DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<JsonNode>();
        while (await reader.ReadAsync())
        {
            found.Add(JsonNode.Parse(reader.GetString(0))!);
        }

        return found;
    }
}
