using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Notifications.Tests;

/// <summary>How a server misbehaves in one connection.</summary>
public enum Behaviour
{
    TakesMail,
    NeverGreets,
    DiesInData,
    DiesAfterData,
    HangsAfterData,
    RefusesService,
    Greylists,
    Drips,
    PutsOffText,
    RefusesText,
    RefusesSender,
}

/// <summary>
/// A server that speaks just enough SMTP to misbehave: the first connections as told, all further ones well. One that has put a letter off takes the next,
/// also over the same connection.
/// </summary>
public sealed class HostileServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Behaviour> _script;
    private readonly Task _running;

    public HostileServer(params Behaviour[] script)
    {
        _script = new ConcurrentQueue<Behaviour>(script);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Whole mails that it has, whether it said so or not.</summary>
    public ConcurrentQueue<string> Mails { get; } = new();

    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                open.Add(ServeAsync(client, _script.TryDequeue(out var next) ? next : Behaviour.TakesMail));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client, Behaviour how)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                if (how == Behaviour.NeverGreets)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }

                // An answer that never ends, byte by byte: each comes in time, the whole never.
                for (var i = 0; how == Behaviour.Drips; i++)
                {
                    await client.GetStream().WriteAsync("220-"u8.ToArray().AsMemory(i % 4, 1), _stop.Token);
                    await Task.Delay(100, _stop.Token);
                }

                await SayAsync(client, how == Behaviour.RefusesService ? "421 4.3.2 go away" : "220 hostile.test");
                while (how != Behaviour.RefusesService && await reader.ReadLineAsync(_stop.Token) is { } line)
                {
                    switch (line.Split(' ')[0].ToUpperInvariant())
                    {
                        case "EHLO":
                            await SayAsync(client, "250 hostile.test");
                            break;
                        case "MAIL" when how == Behaviour.RefusesSender:
                            how = Behaviour.TakesMail;
                            await SayAsync(client, "550 5.7.1 you may not send here");
                            break;
                        case "RCPT" when how == Behaviour.Greylists:
                            how = Behaviour.TakesMail;
                            await SayAsync(client, "451 4.7.1 come back later");
                            break;
                        case "DATA":
                            await DataAsync(client, reader, how);
                            how = Behaviour.TakesMail;
                            break;
                        case "QUIT":
                            await SayAsync(client, "221 bye");
                            return;
                        default:
                            await SayAsync(client, "250 fine");
                            break;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException) { }
        }
    }

    private async Task DataAsync(TcpClient client, StreamReader reader, Behaviour how)
    {
        await SayAsync(client, "354 go on");
        if (how == Behaviour.DiesInData)
        {
            await reader.ReadLineAsync(_stop.Token);
            client.Client.LingerState = new LingerOption(true, 0);
            throw new IOException("died");
        }

        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
        {
            mail.AppendLine(line);
        }

        if (how is Behaviour.PutsOffText or Behaviour.RefusesText)
        {
            await SayAsync(client, how == Behaviour.PutsOffText ? "451 4.3.0 not now" : "554 5.7.1 not this text");
            return;
        }

        Mails.Enqueue(mail.ToString());
        if (how == Behaviour.HangsAfterData)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }

        if (how == Behaviour.DiesAfterData)
        {
            throw new IOException("died");
        }

        await SayAsync(client, "250 2.0.0 taken");
    }

    private Task SayAsync(TcpClient client, string text) => client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), _stop.Token).AsTask();
}
