using System.Net.Http.Headers;
using System.Net.Http.Json;
using GroupTherapy.Platform.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Audit;

/// <summary>
/// Sends anchors out of this deployment's reach: <c>POST</c> to the HTTPS address <c>Audit:AnchorUrl</c>, with <c>Audit:AnchorToken</c> as
/// bearer. An anchor that could not be sent goes with the next one; the file is complete.
/// </summary>
internal sealed class AnchorSink : IDisposable
{
    private const int MostWaiting = 100;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly Queue<Anchor> _waiting = new();
    private readonly ILogger<AnchorSink> _log;
    private readonly Uri? _address;
    private readonly string _service;

    public AnchorSink(IConfiguration configuration, ILogger<AnchorSink> log)
    {
        (_log, _service) = (log, configuration["Service:Name"] ?? "");
        if (configuration["Audit:AnchorUrl"] is { Length: > 0 } text)
        {
            _address =
                Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri is { IsLoopback: true, Scheme: "http" })
                    ? uri
                    : throw new InvalidOperationException("Audit:AnchorUrl must be an https address.");
            _http.DefaultRequestHeaders.Authorization = configuration["Audit:AnchorToken"] is { Length: > 0 } token
                ? new AuthenticationHeaderValue("Bearer", token)
                : null;
        }
    }

    public bool IsSet => _address is not null;

    public async Task SendAsync(Anchor anchor, CancellationToken ct)
    {
        if (_address is null)
        {
            return;
        }

        _waiting.Enqueue(anchor);
        if (_waiting.Count > MostWaiting)
        {
            _waiting.Dequeue();
        }

        try
        {
            var body = new { service = _service, anchors = _waiting.ToArray() };
            using var answer = await _http.PostAsJsonAsync(_address, body, ContractJson.Options, ct);
            answer.EnsureSuccessStatusCode();
            _waiting.Clear();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            _log.LogWarning("{Count} anchors could not be sent: {Error}", _waiting.Count, e.GetType().Name);
        }
    }

    public void Dispose() => _http.Dispose();
}
