using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Tests.Security;

/// <summary>Publishes an issuer's keys, and counts who asks.</summary>
internal sealed class KeySource(TokenSigner signer) : IAsyncDisposable
{
    private readonly int _port = Engines.FreePort();
    private WebApplication? _app;
    private int _asked;

    public Uri Address => new($"http://127.0.0.1:{_port}/keys");

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Completed: the source answers.</summary>
    public TaskCompletionSource Gate { get; private set; } = Open();

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.Urls.Add($"http://127.0.0.1:{_port}");
        _app.MapGet(
            "/keys",
            async () =>
            {
                Interlocked.Increment(ref _asked);
                await Gate.Task;
                return TypedResults.Ok(signer.Published());
            }
        );
        await _app.StartAsync();
    }

    public void Hold() => Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        await StopAsync();
    }

    private static TaskCompletionSource Open()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }
}
