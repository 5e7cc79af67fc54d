using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using GroupTherapy.Host.Engines;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Load.Seats;

/// <summary>PostgreSQL's own benchmark on one hot row: no HTTP, no framework, one prepared conditional update in each transaction.</summary>
internal static partial class Pgbench
{
    private const string Script = "update hot set taken = taken + 1 where id = 1 and taken < 1000000000;\n";

    /// <returns>Transactions in a second.</returns>
    public static async Task<double> RunAsync(NpgsqlConnectionStringBuilder admin, int clients, TimeSpan during)
    {
        await using (var source = NpgsqlDataSource.Create(admin))
        {
            await using var table = source.CreateCommand(
                "create table if not exists hot (id integer primary key, taken integer not null); insert into hot values (1, 0) on conflict do nothing"
            );
            await table.ExecuteNonQueryAsync();
        }

        var script = Path.Combine(Directory.CreateDirectory(Engines.Folder("pgbench")).FullName, "hot.sql");
        await File.WriteAllTextAsync(script, Script);
        var seconds = ((int)Math.Ceiling(during.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(
            new ProcessStartInfo(
                Path.Combine(PostgresEngine.Binaries()!, "pgbench"),
                [
                    "-h",
                    admin.Host!,
                    "-p",
                    admin.Port.ToString(CultureInfo.InvariantCulture),
                    "-U",
                    admin.Username!,
                    "-n",
                    "-M",
                    "prepared",
                    "-c",
                    clients.ToString(CultureInfo.InvariantCulture),
                    "-j",
                    "2",
                    "-T",
                    seconds,
                    "-f",
                    script,
                    admin.Database!,
                ]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 && Rate().Match(output) is { Success: true } rate
            ? double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench ended with {process.ExitCode}: {output}");
    }

    [GeneratedRegex(@"tps = ([0-9.]+) \(without")]
    private static partial Regex Rate();
}
