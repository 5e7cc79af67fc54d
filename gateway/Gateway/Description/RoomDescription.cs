using GroupTherapy.Gateway.Audit;

namespace GroupTherapy.Gateway.Description;

/// <summary>The hub's AsyncAPI document, as Room gives it; the last one is kept while Room is down.</summary>
internal sealed class RoomDescription(ServiceCalls calls, TimeProvider clock)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);
    private volatile Known? _known;

    /// <returns>The document; null until Room has answered once.</returns>
    public async Task<string?> GetAsync(CancellationToken ct)
    {
        if (_known is { } known && clock.GetElapsedTime(known.At) < FreshFor)
        {
            return known.Document;
        }

        using var answer = await calls.GetAsync("room", "/asyncapi/v1.json", null, ct);
        if (answer is { IsSuccessStatusCode: true })
        {
            _known = new Known(await answer.Content.ReadAsStringAsync(ct), clock.GetTimestamp());
        }

        return _known?.Document;
    }

    private sealed record Known(string Document, long At);
}
