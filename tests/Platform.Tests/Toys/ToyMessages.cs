using System.Collections.Concurrent;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using MassTransit;

namespace GroupTherapy.Platform.Tests.Toys;

[MessageUrn("grouptherapy:alpha:thing-made:v1")]
[EntityName("alpha.thing-made.v1")]
public sealed record ThingMade(Guid ThingId, string Label);

/// <summary>How often each thing was tried, whatever became of it.</summary>
public sealed class Attempts : ConcurrentDictionary<Guid, int>
{
    /// <summary>Whether what was poison can be handled now.</summary>
    public bool IsRepaired { get; set; }
}

public sealed class KeepThingWhenMade(Db db, Attempts attempts) : TransactionalConsumer<ThingMade>(db)
{
    public const string Poison = "poison";
    public const string Storm = "storm";
    public const int StormLasts = 6;
    public const string EndlessStorm = "endless storm";

    protected override async Task HandleAsync(UnitOfWork work, ThingMade message, CancellationToken ct)
    {
        var attempt = attempts.AddOrUpdate(message.ThingId, 1, (_, before) => before + 1);
        await work.ExecuteAsync(
            "insert into things (id, label, made_at) values (@id, @label, @Now)",
            new
            {
                id = work.NewId(),
                label = $"{message.ThingId}",
                work.Now,
            }
        );
        if (message.Label == Poison && !attempts.IsRepaired)
        {
            throw new InvalidOperationException("It cannot be digested.");
        }

        if ((message.Label == Storm && attempt < StormLasts) || (message.Label == EndlessStorm && !attempts.IsRepaired))
        {
            // The connection is ended by the server, as when it restarts.
            await work.ExecuteAsync("select pg_terminate_backend(pg_backend_pid())");
        }
    }
}
