using System.Threading.RateLimiting;
using GroupTherapy.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Hub;

/// <summary>Before and after every call: a connection that calls without pause waits, and an engine that is away is answered with <c>try-again</c>.</summary>
internal sealed class CallGuard(NodeLease nodeLease, AccessTrail trail, ILogger<CallGuard> log) : IHubFilter
{
    private static readonly string[] Recorded = [Refusal.NotAllowed.Code, Refusal.NotAdmitted.Code, Refusal.Removed.Code, Refusal.TicketInvalid.Code];

    private static readonly TokenBucketRateLimiterOptions Calls = new()
    {
        TokenLimit = 100,
        TokensPerPeriod = 10,
        ReplenishmentPeriod = TimeSpan.FromMilliseconds(500),
        // No timer per connection: the bucket is filled when it is looked at.
        AutoReplenishment = false,
    };

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var limiter = (ReplenishingRateLimiter)invocationContext.Context.Items[typeof(CallGuard)]!;
        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            throw Refused(Refusal.TooFast);
        }

        if (invocationContext.HubMethodArguments.Any(argument => argument is null))
        {
            // SignalR passes null for a JSON null: it is treated as a missing argument.
            throw new HubException("An argument is missing.");
        }

        var connection = RoomLifetime.Of(invocationContext.Context);
        if (connection.IsEnding)
        {
            throw Refused(connection.IsMoving ? Refusal.TryAgain : Refusal.NotAdmitted);
        }

        if (nodeLease.IsOver)
        {
            throw Refused(Refusal.TryAgain);
        }

        connection.CallBegan();
        try
        {
            return await next(invocationContext);
        }
        catch (Exception e)
        {
            connection.CallAnswered();
            if (e is HubException refusal)
            {
                Record(connection, invocationContext.HubMethodName, refusal.Message.Split(':')[0]);
                throw;
            }

            if (Outage.IsDatabaseAway(e))
            {
                throw Refused(Refusal.TryAgain);
            }

            log.LogError(e, "Hub method {Method} failed", invocationContext.HubMethodName);
            throw;
        }
    }

    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        context.Context.Items[typeof(CallGuard)] = new TokenBucketRateLimiter(Calls);
        return next(context);
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        if (context.Context.Items.TryGetValue(typeof(CallGuard), out var limiter))
        {
            (limiter as RateLimiter)?.Dispose();
        }

        try
        {
            await next(context, exception);
        }
        catch (Exception e) when (Outage.IsDatabaseAway(e))
        {
            // The row stays behind; the reconciler finds it when the database is back.
        }
    }

    private void Record(RoomConnection connection, string method, string code)
    {
        if (Recorded.Contains(code))
        {
            var (caller, session) = (connection.Caller, connection.Entry?.SessionId ?? connection.Named);
            trail.Record(new Audit.Access("hub.refused", caller.Who, null, session, null, caller.Source, $"{code} {method}"));
        }
    }

    private static HubException Refused(Refusal refusal) => new($"{refusal.Code}: {refusal.Sentence}");
}
