using GroupTherapy.Host.Processes;
using Npgsql;

namespace GroupTherapy.Host.Engines;

/// <summary>How one PostgreSQL is to run.</summary>
public sealed record PostgresOptions
{
    public required EnginePlace Place { get; init; }
    public required int Port { get; init; }

    /// <summary>Of the role <c>postgres</c>; set when the data folder is made.</summary>
    public required string Password { get; init; }

    /// <summary>PostgreSQL's own defaults: a commit survives a power cut. False trades that for speed; for throw-away tests only.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Let every local connection in without a password; for throw-away tests only.</summary>
    public bool Trust { get; init; }

    public int MaxConnections { get; init; } = 300;
}

/// <summary>A private PostgreSQL, reachable by TCP on 127.0.0.1 alone.</summary>
public sealed class PostgresEngine(PostgresOptions options) : IEngine
{
    public const string User = "postgres";

    private string Data => Path.Combine(options.Place.Data, "data");

    public string Name => "postgres";
    public int Port => options.Port;

    // Fast shutdown first; then immediate, after which the next start replays the log.
    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; } =
    [(Signal.Interrupt, TimeSpan.FromSeconds(30)), (Signal.Quit, TimeSpan.FromSeconds(5))];

    /// <summary>Connects as the superuser to the database <c>postgres</c>.</summary>
    public NpgsqlConnectionStringBuilder Admin =>
        new()
        {
            Host = "127.0.0.1",
            Port = options.Port,
            Username = User,
            Password = options.Password,
            Database = "postgres",
            Pooling = false,
            Timeout = 5,
        };

    /// <summary>The newest installed PostgreSQL of version 15 or later; null when there is none.</summary>
    public static string? Binaries() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .Select(folder => (Folder: Path.Combine(folder, "bin"), Version: int.TryParse(Path.GetFileName(folder), out var v) ? v : 0))
                .Where(x => x.Version >= 15 && File.Exists(Path.Combine(x.Folder, "postgres")))
                .OrderByDescending(x => x.Version)
                .Select(x => x.Folder)
                .FirstOrDefault()
            : null;

    public async Task<LaunchSpec> PrepareAsync(CancellationToken ct)
    {
        var binaries = Binaries() ?? throw new HostException("PostgreSQL 15 or newer is not installed.", "Install it with: apt-get install postgresql");
        await SystemUser.PrivateFolderAsync(options.Place.Data, User, ct);
        if (!File.Exists(Path.Combine(Data, "PG_VERSION")))
        {
            await InitialiseAsync(binaries, ct);
        }

        await SystemUser.WritePrivateAsync(Path.Combine(Data, "grouptherapy.conf"), Configuration(), User, ct);
        await SystemUser.WritePrivateAsync(
            Path.Combine(Data, "pg_hba.conf"),
            $"host all all 127.0.0.1/32 {(options.Trust ? "trust" : "scram-sha-256")}\n",
            User,
            ct
        );
        return new LaunchSpec
        {
            Program = Path.Combine(binaries, "postgres"),
            Arguments = ["-D", Data],
            CleanEnvironment = true,
            WorkingFolder = "/",
            User = User,
            LogFile = options.Place.LogFile,
            PidFile = options.Place.PidFile,
            Depends = Configuration(),
        };
    }

    public async Task<string?> NotReadyAsync(CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Admin.ConnectionString);
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand("select 1", connection);
            await command.ExecuteScalarAsync(ct);
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return $"PostgreSQL does not answer on 127.0.0.1:{options.Port} ({e.Message})";
        }
    }

    // Made beside its place and moved there whole: a start that is interrupted here leaves nothing that looks like data.
    private async Task InitialiseAsync(string binaries, CancellationToken ct)
    {
        var fresh = Path.Combine(options.Place.Data, "new");
        var secret = Path.Combine(options.Place.Data, "password");
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }

        await SystemUser.WritePrivateAsync(secret, options.Password, User, ct);
        try
        {
            IEnumerable<string> command =
            [
                Path.Combine(binaries, "initdb"),
                "-D",
                fresh,
                "-U",
                User,
                $"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--data-checksums",
                .. options.Durable ? Array.Empty<string>() : ["--no-sync"],
            ];
            await Tool.RunAsync([.. SystemUser.CallerIsRoot ? SystemUser.As(User, command) : command], ct);
        }
        finally
        {
            File.Delete(secret);
        }

        await File.AppendAllTextAsync(Path.Combine(fresh, "postgresql.conf"), "\ninclude 'grouptherapy.conf'\n", ct);
        Directory.Move(fresh, Data);
    }

    private string Configuration() =>
        $"""
            listen_addresses = '127.0.0.1'
            port = {options.Port}
            unix_socket_directories = ''
            max_connections = {options.MaxConnections}
            password_encryption = 'scram-sha-256'
            timezone = 'UTC'
            log_timezone = 'UTC'
            log_line_prefix = '%m [%p] %u@%d '
            # A failing statement may hold what people wrote; the error itself is enough.
            log_min_error_statement = panic
            log_error_verbosity = terse
            # After a crash everything is made durable before recovery begins: by one call for the file system, not by opening thousands of files.
            recovery_init_sync_method = syncfs
            {(options.Durable ? "fsync = on\nsynchronous_commit = on\nfull_page_writes = on" : "fsync = off\nsynchronous_commit = off\nfull_page_writes = off")}

            """;
}
