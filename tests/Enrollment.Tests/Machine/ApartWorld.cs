using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Apart;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Host.Processes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;
using MassTransit;
using Npgsql;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>
/// The real service as a process of its own, which a test kills with <c>kill -9</c> and starts again: on its real database, on the real broker, on a clock
/// that only the test moves.
/// </summary>
public sealed class ApartWorld : IAsyncLifetime
{
    /// <summary>The collection of everybody who has such a world: on one broker two of them would take each other's messages.</summary>
    public const string OneAtATime = "one service on the broker at a time";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly ConcurrentDictionary<Guid, int> _consumed = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentDictionary<Guid, (string Kind, JsonNode Body)> _events = new();
    private readonly ConcurrentDictionary<Guid, int> _heard = new();
    private TestDatabase? _database;
    private IBusControl? _bus;
    private TestTokens _tokens = null!;
    private string _folder = "";
    private Process? _process;
    private Process? _second;

    public HandClock Clock { get; private set; } = null!;

    public Guid Ana { get; } = Guid.CreateVersion7();

    public Guid OperatorId { get; } = Guid.CreateVersion7();

    public string Owner => _database!.Owner;

    public string Runtime => _database!.Runtime;

    /// <summary>Changes with each start.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where the service finds its database and its broker; the engines themselves unless a test put something between.</summary>
    public int PostgresPort { get; set; }

    public int RabbitPort { get; set; }

    /// <summary>How long a fact that must come is waited for.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>More settings for the next start, such as <c>Times:Offer</c>.</summary>
    public Dictionary<string, string> Settings { get; } = new() { ["Seats:ReleasesADay"] = "1000" };

    /// <summary>What the service published, by message id: a repeat with the same id is the same message.</summary>
    public IEnumerable<(string Kind, JsonNode Body)> Events => _events.Values;

    /// <summary>How often each of these messages was published.</summary>
    public IEnumerable<int> TimesHeard(Guid group) => _events.Where(e => (Guid)e.Value.Body["groupId"]! == group).Select(e => _heard[e.Key]);

    public async ValueTask InitializeAsync()
    {
        var rabbit = await Engines.RabbitAsync();
        _database = await TestDatabase.CreateAsync("enrollment", owner =>
            Migrator.MigrateAsync(owner, "enrollment", typeof(EnrollmentApp).Assembly, TimeProvider.System));
        _folder = Engines.Folder("apart");
        Clock = HandClock.Make(Path.Combine(_folder, "clock"), TimeProvider.System.GetUtcNow().ToMicroseconds());
        _tokens = new TestTokens(Clock);
        (PostgresPort, RabbitPort) = (new NpgsqlConnectionStringBuilder(Owner).Port, rabbit.Port);
        await ListenAsync(rabbit);
        await StartAsync();
        await RunAsync("insert into facilitators (id, display_name, profession, location, practices, version, updated_at) values (@Ana, 'A facilitator', "
            + "'counselor', 'US-FL', '{grouport}', 1, now())", new { Ana });
        var answer = await SendAsync(OperatorId, "operator", HttpMethod.Post, $"/api/facilitators/{Ana}/credentials", new
        {
            kind = "licence",
            jurisdiction = "US-FL",
            type = "LMHC",
            status = "active",
            validFrom = "2018-01-01",
            validTo = "2099-12-31",
            encumbered = false,
        });
        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    /// <summary>Starts the process and returns when it answers and takes messages.</summary>
    public async Task StartAsync()
    {
        // The clock stands still: what a killed process had claimed, or set back for a while, is due again at once.
        await RunAsync("update due_work set next_attempt_at = due_at; update outbox set next_attempt_at = created_at");
        (_process, Address) = await LaunchAsync(1);
    }

    /// <summary>Starts another process on the same database and the same broker, which lives as long as this world.</summary>
    /// <returns>Its address.</returns>
    public async Task<Uri> StartSecondAsync()
    {
        (_second, var address) = await LaunchAsync(2);
        return address;
    }

    private async Task<(Process Process, Uri Address)> LaunchAsync(int instance)
    {
        var rabbit = await Engines.RabbitAsync();
        var (username, password) = rabbit.Account("enrollment");
        var connection = new NpgsqlConnectionStringBuilder(_database!.Runtime) { Port = PostgresPort };
        var file = Path.Combine(_folder, $"settings-{instance}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(
            new Dictionary<string, string>
            {
                ["Urls"] = "http://127.0.0.1:0",
                ["Service:Instance"] = $"{instance}",
                ["Work:PollSeconds"] = "0.1",
                ["Database:Connection"] = connection.ConnectionString,
                ["Bus:Host"] = rabbit.Host,
                ["Bus:Port"] = $"{RabbitPort}",
                ["Bus:Username"] = username,
                ["Bus:Password"] = password,
            }.Concat(Settings).ToDictionary()));
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "GroupTherapy.Enrollment.Apart.dll"), Path.Combine(_folder, "clock"),
            JsonSerializer.Serialize(_tokens.Signer.Published(), JsonSerializerOptions.Web) })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GT_SETTINGS"] = file;
        start.Environment["DOTNET_TieredPGO"] = "0";
        var listens = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Hear(line.Data, listens);
        process.ErrorDataReceived += (_, line) => Hear(line.Data, listens);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (ProcessRef.Of(process.Id) is { } running)
        {
            Engines.Watch(running);
        }

        try
        {
            return (process, await listens.Task.WaitAsync(StartLimit));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The service did not start: {Said}");
        }
    }

    /// <summary><c>kill -9</c>, and returns when the process is gone.</summary>
    public async Task KillAsync()
    {
        await EndAsync(_process!);
        _process = null;
    }

    /// <summary>Publishes as another service would, and does not wait.</summary>
    public Task PublishAsync(object message, Guid messageId) => _bus!.Publish(message, message.GetType(), context => context.MessageId = messageId);

    /// <summary>Publishes as another service would, and returns when this service has consumed it once more.</summary>
    public async Task DeliverAsync(object message, Guid messageId)
    {
        var before = _consumed.GetValueOrDefault(messageId);
        await PublishAsync(message, messageId);
        await Eventually.Async(() => _consumed.GetValueOrDefault(messageId) > before, () =>
            $"{message.GetType().Name} was not consumed; the service said {Said}", TimeSpan.FromSeconds(30));
    }

    /// <param name="at">Null for the first process.</param>
    public async Task<Answered> SendAsync(Guid account, string role, HttpMethod method, string path, object? body = null, string? key = null, Uri? at = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(at ?? Address, path)) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.For("enrollment", account, [role], ["grouport"]));
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await _http.SendAsync(request);
        return new Answered(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Contains("Idempotency-Replayed"));
    }

    public async Task<IReadOnlyList<T>> AskAsync<T>(string sql, object? args = null)
    {
        await using var connection = new NpgsqlConnection(Owner);
        return (await connection.QueryAsync<T>(sql, args)).AsList();
    }

    public async Task RunAsync(string sql, object? args = null)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.ExecuteAsync(sql, args);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _process, _second }.OfType<Process>())
        {
            await EndAsync(process);
        }

        if (_bus is not null)
        {
            await _bus.StopAsync();
        }

        Clock.Dispose();
        _http.Dispose();
        await _database!.DisposeAsync();
    }

    /// <summary>A member with a profile who lives in Florida.</summary>
    public async Task<Guid> MemberAsync()
    {
        var id = Guid.CreateVersion7();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(id, "member", HttpMethod.Put, "/api/me/profile", EnrollmentWorld.Profile("FL"))).Status);
        return id;
    }

    public GroupSnapshot Group(Guid id, int seats, long version = 1, bool closed = false, bool intakeFirst = false) =>
        new(id, "grouport", "A group", "psychotherapy_group", seats, 18, Ana, [], false, intakeFirst, null, closed, version);

    public static object[] Consents { get; } = [
        .. new[] { "telehealth", "group-confidentiality", "no-recording", "group-rules" }.Select(document => new { document, version = 1 })];

    /// <summary>What is due now, in words; empty when workers have done all they had to do and everything is published.</summary>
    public Task<IReadOnlyList<string>> DueAsync() => AskAsync<string>(
        """
        select kind || coalesce(' ' || last_error, '') from due_work where due_at <= @Now
            and (kind like 'seat.%' or kind like 'enrollment.%' or kind = 'permit.issue')
        union all select 'a message' from outbox
        """, new { Now = Clock.GetUtcNow() });

    /// <summary>Returns when nothing is due.</summary>
    public async Task SettledAsync()
    {
        IReadOnlyList<string> due = [];
        await Eventually.Async(async () => (due = await DueAsync()).Count == 0, () => $"work stays due: {string.Join(", ", due)}; the service said {Said}",
            Limit);
    }

    /// <summary>What the process said last, beyond what is told to the test.</summary>
    public string Said => string.Join('\n', _lines.TakeLast(20));

    private static async Task EndAsync(Process process)
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private void Hear(string? line, TaskCompletionSource<Uri> listens)
    {
        switch (line?.Split(' ', 3))
        {
            case [Apart.Said.Listens, var address, ..]:
                listens.TrySetResult(new Uri(address));
                break;
            case [Apart.Said.Consumed, var id, ..]:
                _consumed.AddOrUpdate(Guid.Parse(id), 1, (_, count) => count + 1);
                break;
            case { Length: > 0 }:
                _lines.Enqueue(line!);
                break;
            default:
                break;
        }
    }

    private async Task ListenAsync(RabbitEndpoint rabbit)
    {
        var (username, password) = rabbit.Account(RabbitEndpoint.Admin);
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(bus =>
        {
            bus.Host(rabbit.Host, (ushort)rabbit.Port, "/", host =>
            {
                host.Username(username);
                host.Password(password);
            });
            bus.ReceiveEndpoint($"listener-{Guid.CreateVersion7():n}", endpoint =>
            {
                endpoint.AutoDelete = true;
                Keep<SeatReserved>(endpoint);
                Keep<SeatReleased>(endpoint);
                Keep<EnrollmentConfirmed>(endpoint);
                Keep<EnrollmentEnded>(endpoint);
                Keep<EnrollmentReconsidered>(endpoint);
                Keep<SeatGraceStarted>(endpoint);
                Keep<SeatGraceEnded>(endpoint);
                Keep<WaitlistOffered>(endpoint);
                Keep<SeatsChanged>(endpoint);
            });
        });
        await _bus.StartAsync();
    }

    private void Keep<T>(IReceiveEndpointConfigurator endpoint)
        where T : class => endpoint.Handler<T>(context =>
        {
            _heard.AddOrUpdate(context.MessageId!.Value, 1, (_, count) => count + 1);
            _events.TryAdd(context.MessageId!.Value, (typeof(T).Name, JsonSerializer.SerializeToNode(context.Message, MessageTypes.Json)!));
            return Task.CompletedTask;
        });
}

/// <summary>What the service answered over HTTP.</summary>
/// <param name="Replayed">It is the answer of an earlier request with the same key.</param>
public sealed record Answered(HttpStatusCode Status, string Text, bool Replayed)
{
    public JsonNode Body => JsonNode.Parse(Text)!;
}
