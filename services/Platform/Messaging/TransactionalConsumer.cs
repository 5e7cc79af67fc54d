using System.Diagnostics.CodeAnalysis;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using MassTransit;

namespace GroupTherapy.Platform.Messaging;

/// <summary>
/// A consumer whose effect and inbox row commit together. Messages may come twice, late or out of order: the inbox drops the repeat,
/// and the effect itself compares versions, because any inbox forgets.
/// </summary>
/// <remarks>The class name becomes the queue name and must be unique across all services.</remarks>
[SuppressMessage("Naming", "CA1710", Justification = "A consumer is not a collection.")]
public abstract class TransactionalConsumer<TMessage>(Db db) : IConsumer<TMessage>
    where TMessage : class
{
    private const int MaxOutages = 8;

    /// <summary>
    /// A database that is away is no fault of the message: the consumer waits until it answers and tries again. A message that meets an outage again and
    /// again, although the database answers in between, goes to the error queue.
    /// </summary>
    public async Task Consume(ConsumeContext<TMessage> context)
    {
        for (var outages = 0; ; outages++)
        {
            try
            {
                await DeliverAsync(context.Message, context.MessageId, context.CancellationToken);
                return;
            }
            catch (Exception e) when (Outage.IsDatabaseAway(e) && outages < MaxOutages)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 << Math.Min(outages, 5)), db.Clock, context.CancellationToken);
                await db.WaitUntilAvailableAsync(context.CancellationToken);
            }
        }
    }

    /// <summary>One delivery without the broker.</summary>
    public async Task DeliverAsync(TMessage message, Guid? messageId, CancellationToken ct = default)
    {
        await using var work = await db.BeginAsync(Caller.System(GetType().Name), ct);
        if (messageId is { } id && !await work.FirstDeliveryAsync(id, GetType().Name))
        {
            return;
        }

        await HandleAsync(work, message, ct);
        await work.CommitAsync(ct);
    }

    protected abstract Task HandleAsync(UnitOfWork work, TMessage message, CancellationToken ct);
}
