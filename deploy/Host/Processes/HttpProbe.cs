using System.Net;

namespace GroupTherapy.Host.Processes;

/// <summary>Asks a process over HTTP whether it is ready.</summary>
public static class HttpProbe
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(3) };

    /// <summary>The body of a 503 answer of <paramref name="url"/>, else null. A missing answer means nothing: the process may be slow.</summary>
    public static async Task<string?> UnhealthyAsync(string url, CancellationToken ct)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri(url), ct);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable ? $"{url} answers 503" : null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Null when <paramref name="url"/> answers with success; otherwise what it did instead.</summary>
    public static async Task<string?> NotReadyAsync(string url, CancellationToken ct)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri(url), ct);
            return answer.IsSuccessStatusCode ? null : $"{url} answers {(int)answer.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return $"{url} does not answer";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return $"{url} does not answer within 3 s";
        }
    }
}
