using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Tests.Support;

/// <summary>Stands between a client and an engine, and misbehaves when told (<c>tests/tools/faultproxy.py</c>).</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TcpClient _control = new();
    private readonly int _controlPort;

    private FaultProxy(int target)
    {
        (Port, _controlPort) = (Engines.FreePort(), Engines.FreePort());
        _process = Python.Start(Python.Tool("faultproxy.py"), Text(Port), Text(target), Text(_controlPort));
        if (ProcessRef.Of(_process.Id) is { } running)
        {
            _ = Engines.Folder("proxy");
            Engines.Watch(running);
        }
    }

    public int Port { get; }

    public static async Task<FaultProxy> BeforeAsync(int target)
    {
        var proxy = new FaultProxy(target);
        await Eventually.Async(
            async () =>
            {
                await proxy._control.ConnectAsync("127.0.0.1", proxy._controlPort);
                return true;
            },
            () => "the fault proxy did not start",
            TimeSpan.FromSeconds(30)
        );
        return proxy;
    }

    public async Task TellAsync(string command)
    {
        var stream = _control.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(command + "\n"));
        var answer = new byte[3];
        await stream.ReadExactlyAsync(answer);
        if (!answer.AsSpan().SequenceEqual("ok\n"u8))
        {
            throw new InvalidOperationException($"The fault proxy did not take '{command}'.");
        }
    }

    /// <summary>As if the engine had gone: open connections break, new ones are refused.</summary>
    public async Task GoneAsync()
    {
        await TellAsync("refuse");
        await TellAsync("reset");
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
