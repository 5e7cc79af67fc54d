using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>Tells an engine that is away (wait, answer 503) from a statement that is wrong (an error).</summary>
public static class Outage
{
    public static bool IsDatabaseAway(Exception exception) =>
        exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => true,
            PostgresException postgres => postgres.IsTransient,
            NpgsqlException => true,
            TimeoutException => true,
            System.Net.Sockets.SocketException => true,
            _ => exception.InnerException is { } inner && IsDatabaseAway(inner),
        };
}
