using System.Data;
using Dapper;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using Npgsql;
using NpgsqlTypes;

namespace GroupTherapy.Platform.Data;

/// <summary>A service's own database. Reads go through here directly; every write goes through a <see cref="UnitOfWork"/>.</summary>
public sealed class Db(NpgsqlDataSource source, TimeProvider clock, WorkSignal signal)
{
    static Db()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.AddTypeHandler(new InstantHandler());
        SqlMapper.AddTypeHandler(new DateHandler());
        SqlMapper.AddTypeHandler(new ArrayHandler<string>());
        SqlMapper.AddTypeHandler(new ArrayHandler<Guid>());
    }

    /// <summary>For the rare slice that needs a bare connection (COPY, advisory locks).</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>The process's one clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Opens the transaction in which state, audit entry and event of one use case commit together.</summary>
    public Task<UnitOfWork> BeginAsync(Caller caller, CancellationToken ct = default) =>
        UnitOfWork.BeginAsync(source, caller, clock.GetUtcNow().ToMicroseconds(), signal, ct);

    /// <summary>Returns once the database answers, however long that takes.</summary>
    public async Task WaitUntilAvailableAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await FirstOrDefaultAsync<int>("select 1", null, ct);
                return;
            }
            catch (Exception e) when (Outage.IsDatabaseAway(e))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), clock, ct);
            }
        }
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? args = null, CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, args, cancellationToken: ct))).AsList();
    }

    public async Task<T?> FirstOrDefaultAsync<T>(string sql, object? args = null, CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        return await connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, args, cancellationToken: ct));
    }

    /// <summary>A read in a person's name: beside its own filter, row-level security keeps it within their practices (decision 0032).</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(Caller caller, string sql, object? args = null, CancellationToken ct = default)
    {
        await using var work = await BeginAsync(caller, ct);
        return await work.QueryAsync<T>(sql, args);
    }

    // Npgsql hands timestamptz to Dapper as DateTime; our records speak DateTimeOffset in UTC.
    private sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) =>
            value is DateTimeOffset instant ? instant.ToUniversalTime() : new DateTimeOffset(DateTime.SpecifyKind((DateTime)value, DateTimeKind.Utc));

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value)
        {
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.TimestampTz;
            parameter.Value = value.UtcDateTime;
        }
    }

    private sealed class DateHandler : SqlMapper.TypeHandler<DateOnly>
    {
        public override DateOnly Parse(object value) => value is DateOnly date ? date : DateOnly.FromDateTime((DateTime)value);

        public override void SetValue(IDbDataParameter parameter, DateOnly value)
        {
            ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Date;
            parameter.Value = value;
        }
    }

    // Npgsql announces every array column as System.Array, which no constructor takes.
    private sealed class ArrayHandler<T> : SqlMapper.TypeHandler<T[]>
    {
        public override T[] Parse(object value) => (T[])value;

        public override void SetValue(IDbDataParameter parameter, T[]? value) => parameter.Value = value is null ? DBNull.Value : value;
    }
}
