using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>A mailbox behind a server that speaks as much IMAP (RFC 3501, UIDPLUS) as a reader of one folder needs.</summary>
public sealed class Mailbox : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<Item> _mails = [];
    private readonly string _login;
    private readonly Task _running;
    private int _next = 1;

    public Mailbox(string user, string password, int port = 0)
    {
        _login = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        Settings =
        [
            ("Mail:Bounces:Host", "127.0.0.1"),
            ("Mail:Bounces:Port", $"{Port}"),
            ("Mail:Bounces:Security", "none"),
            ("Mail:Bounces:User", user),
            ("Mail:Bounces:Password", password),
        ];
        _running = AcceptAsync();
    }

    public int Port { get; }

    public (string Name, string? Value)[] Settings { get; }

    public int Count => Read(m => m.Count);

    public int Unread => Read(m => m.Count(i => !i.Flags.Contains("\\Seen")));

    public void Add(MimeMessage mail)
    {
        using var stream = new MemoryStream();
        mail.WriteTo(FormatOptions.Default, stream);
        Add(Encoding.Latin1.GetString(stream.ToArray()));
    }

    public void Add(string text) =>
        Read(m =>
        {
            m.Add(new Item(_next++, text, []));
            return 0;
        });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private T Read<T>(Func<List<Item>, T> read)
    {
        lock (_gate)
        {
            return read(_mails);
        }
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                await SayAsync("* OK [CAPABILITY IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN] ready\r\n");
                while (await reader.ReadLineAsync(_stop.Token) is { } line)
                {
                    var words = line.Split(' ');
                    var command = (words[1].Equals("UID", StringComparison.OrdinalIgnoreCase) ? words[2] : words[1]).ToUpperInvariant();
                    if (command == "AUTHENTICATE" && words[^1] != _login)
                    {
                        await SayAsync($"{words[0]} NO [AUTHENTICATIONFAILED] no\r\n");
                        continue;
                    }

                    await SayAsync(Read(mails => Answer(command, line, mails)) + $"{words[0]} OK {(command == "SELECT" ? "[READ-WRITE] " : "")}done\r\n");
                    if (command == "LOGOUT")
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException) { }

            Task SayAsync(string text) => client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), _stop.Token).AsTask();
        }
    }

    private static string Answer(string command, string line, List<Item> mails) =>
        command switch
        {
            "LIST" => "* LIST () \"/\" INBOX\r\n",
            "NAMESPACE" => "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
            "SELECT" => $"* FLAGS (\\Seen \\Deleted)\r\n* {mails.Count} EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n* OK [UIDVALIDITY 1] ok\r\n",
            "SEARCH" => $"* SEARCH {string.Join(' ', mails.Where(m => !m.Flags.Contains("\\Seen")).Select(m => m.Uid))}".TrimEnd() + "\r\n",
            "FETCH" => string.Concat(
                Asked(line, mails)
                    .Select(m =>
                        $"* {mails.IndexOf(m) + 1} FETCH (UID {m.Uid} "
                        + (line.Contains("BODY", StringComparison.Ordinal) ? $"BODY[] {{{m.Text.Length}}}\r\n{m.Text}" : $"RFC822.SIZE {m.Text.Length}")
                        + ")\r\n"
                    )
            ),
            "STORE" => Store(line, mails),
            "EXPUNGE" => Expunge(line, mails),
            _ => "",
        };

    private static string Store(string line, List<Item> mails)
    {
        foreach (var mail in Asked(line, mails))
        {
            foreach (var flag in new[] { "\\Seen", "\\Deleted" }.Where(f => line.Contains(f, StringComparison.Ordinal)))
            {
                mail.Flags.Add(flag);
            }
        }

        return "";
    }

    private static string Expunge(string line, List<Item> mails)
    {
        var gone = "";
        foreach (var mail in Asked(line, mails).Where(m => m.Flags.Contains("\\Deleted")).ToList())
        {
            gone += $"* {mails.IndexOf(mail) + 1} EXPUNGE\r\n";
            mails.Remove(mail);
        }

        return gone;
    }

    // A set such as 1:3,7.
    private static IEnumerable<Item> Asked(string line, List<Item> mails)
    {
        var ranges = line.Split(' ')[3].Split(',').Select(r => r.Split(':').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        return mails.Where(m => ranges.Exists(r => m.Uid >= r[0] && m.Uid <= r[^1])).ToList();
    }

    private sealed record Item(int Uid, string Text, HashSet<string> Flags);
}
