using System.Diagnostics.Metrics;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>Counts what became of attempts to deliver.</summary>
public sealed class DeliveryMetrics : IDisposable
{
    private readonly Meter _meter = new("GroupTherapy.Notifications");
    private readonly Counter<long> _attempts;

    public DeliveryMetrics() =>
        _attempts = _meter.CreateCounter<long>("grouptherapy.mail.attempts", "{attempt}", "Attempts to deliver a mail, by kind and outcome.");

    public void Count(string kind, Outcome outcome) =>
        _attempts.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", outcome.ToString()));

    public void Dispose() => _meter.Dispose();
}
