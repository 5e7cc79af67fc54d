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
    public Task Consume(ConsumeContext<TMessage> context) => DeliverAsync(context.Message, context.MessageId, context.CancellationToken);

    /// <summary>The whole of a delivery, without the broker: what the bus calls, and what a test calls twice or out of order.</summary>
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
