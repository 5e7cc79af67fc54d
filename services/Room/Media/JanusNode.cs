using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Media;

/// <summary>One Janus: its two APIs, and whether it answers.</summary>
internal sealed class JanusNode : IMediaNode, IAsyncDisposable
{
    private const int MissesThatCount = 2;
    private readonly SemaphoreSlim _looking = new(1);
    private readonly ILogger _log;
    private int _misses;
    private volatile bool _isUp;

    public JanusNode(MediaNodeOptions options, HttpClient http, ILogger log, TimeProvider clock)
    {
        (Options, _log) = (options, log);
        Admin = new JanusAdmin(http, options);
        Socket = new JanusSocket(options, log, clock);
        Socket.Connected += isOpen => _ = Task.Run(() => ConnectionChangedAsync(isOpen));
    }

    public event Action<IMediaNode>? Changed;

    public MediaNodeOptions Options { get; }

    public JanusAdmin Admin { get; }

    public JanusSocket Socket { get; }

    public string Name => Options.Name;

    public int Capacity => Options.Capacity;

    public bool IsUp => _isUp;

    /// <summary>It has missed a ping, and counts as up.</summary>
    public bool IsInDoubt => _isUp && Volatile.Read(ref _misses) > 0;

    public void Start() => Socket.Start();

    /// <summary>Pings it. Two misses in a row, or one without a connection, mean that it is down.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        await _looking.WaitAsync(ct);
        try
        {
            try
            {
                await Admin.PingAsync(ct);
                _misses = 0;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !ct.IsCancellationRequested)
            {
                _misses = e is HttpRequestException && !Socket.IsOpen ? MissesThatCount : _misses + 1;
            }

            var isUp = _misses == 0 ? Socket.IsOpen || _isUp : _isUp && _misses < MissesThatCount;
            if (isUp != _isUp)
            {
                _isUp = isUp;
                MediaMetrics.NodesUp.Add(isUp ? 1 : -1, new KeyValuePair<string, object?>("node", Name));
                if (!isUp)
                {
                    Admin.GiveUp();
                    Socket.GiveUp();
                }

                _log.LogWarning("Media node {Node} is {State}", Name, isUp ? "up" : "down");
                Changed?.Invoke(this);
            }
        }
        finally
        {
            _looking.Release();
        }
    }

    public JanusPeer Peer(long session) => new(this, session);

    public async Task<long> NewSessionAsync(CancellationToken ct) =>
        (await Socket.AskAsync(new JsonObject { ["janus"] = "create" }, false, ct)).GetProperty("data").GetProperty("id").GetInt64();

    public async ValueTask DisposeAsync()
    {
        await Socket.DisposeAsync();
        Admin.Dispose();
        _looking.Dispose();
    }

    private async Task ConnectionChangedAsync(bool isOpen)
    {
        try
        {
            await LookAsync(CancellationToken.None);
            if (isOpen && _isUp)
            {
                Changed?.Invoke(this);
            }
        }
        catch (ObjectDisposedException)
        {
            // The process ends.
        }
    }
}
