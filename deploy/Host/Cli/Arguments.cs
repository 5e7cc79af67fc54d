using System.Globalization;
using System.Net;
using GroupTherapy.Host.Options;

namespace GroupTherapy.Host.Cli;

/// <summary>The command line is wrong; the message says how.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary>Reads the command line. Everything is checked here, so that a mistake costs a line and not a start.</summary>
public static class Arguments
{
    private const int MostInstances = 8;
    private const int LongestTime = 14 * 24 * 3600;

    public static Command Parse(IReadOnlyList<string> args)
    {
        var words = new Queue<string>(args);
        if (!words.TryDequeue(out var verb))
        {
            throw new UsageException("Say what to do: up, down, status or test.");
        }

        if (verb is "--help" or "-h" or "help" || words.Contains("--help") || words.Contains("-h"))
        {
            return new Help(Usage.Of(verb));
        }

        return verb switch
        {
            "up" => ParseUp(words),
            "down" => ParseDown(words),
            "status" => ParseLook(words, verb, (data, json) => new Status(data, json)),
            "check" => ParseLook(words, verb, (data, json) => new Check(data, json)),
            "test" => ParseTest(words),
            "invite-operator" => ParseInviteOperator(words),
            "reset-second-factor" => ParseResetSecondFactor(words),
            "practice" => ParsePractice(words),
            "rotate" => ParseRotate(words),
            _ => throw new UsageException(
                $"'{verb}' is not a command. There are: up, down, status, check, rotate, test, invite-operator, reset-second-factor, practice."
            ),
        };
    }

    private static Up ParseUp(Queue<string> words)
    {
        var (chosen, detach, daemon, options, address) = ((string?)null, false, false, new RunOptions(), new PublicArguments());
        var mail = new MailArguments();
        while (words.TryDequeue(out var word))
        {
            switch (word)
            {
                case "--detach":
                    detach = true;
                    break;
                case "--no-demo":
                    address.Demo = false;
                    break;
                case "--demo":
                    address.Demo = true;
                    break;
                case "--data":
                    chosen = FolderOf(ValueOf(word, words));
                    break;
                case "--port":
                    options = options with { Port = Number(word, ValueOf(word, words), 1, 65535) };
                    break;
                case "--scale":
                    options = Scale(options, ValueOf(word, words));
                    break;
                case "--set":
                    options = Set(options, ValueOf(word, words));
                    break;
                case "--media":
                    options = options with { Media = Address(word, ValueOf(word, words)) };
                    break;
                case "--turn-tls":
                    options = options with { RelayTls = Tls(ValueOf(word, words)) };
                    break;
                case "--no-media":
                    options = options with { WithMedia = false };
                    break;
                case "--public":
                    address.Url = ValueOf(word, words);
                    break;
                case "--listen":
                    address.Listen = Address(word, ValueOf(word, words));
                    break;
                case "--tls-cert":
                    address.Certificate = FileOf(word, ValueOf(word, words));
                    break;
                case "--tls-key":
                    address.Key = FileOf(word, ValueOf(word, words));
                    break;
                case "--trusted-proxy":
                    address.Proxies.Add(ValueOf(word, words));
                    break;
                case "--smtp":
                    mail.Server = ValueOf(word, words);
                    break;
                case "--smtp-password":
                    mail.PasswordFile = FileOf(word, ValueOf(word, words));
                    break;
                case "--mail-from":
                    mail.From = ValueOf(word, words);
                    break;
                case "--topology":
                    options = options with { Topology = Path.GetFullPath(ValueOf(word, words)) };
                    break;
                case "--daemon":
                    daemon = true;
                    break;
                default:
                    throw Unknown(word, "up");
            }
        }

        return new Up(chosen ?? DefaultData(), mail.Apply(address.Apply(options)), detach) { DataChosen = chosen is not null, IsDaemon = daemon };
    }

    private static Down ParseDown(Queue<string> words)
    {
        var data = DefaultData();
        while (words.TryDequeue(out var word))
        {
            data = word == "--data" ? FolderOf(ValueOf(word, words)) : throw Unknown(word, "down");
        }

        return new Down(data);
    }

    private static Command ParseLook(Queue<string> words, string verb, Func<string, bool, Command> make)
    {
        var (data, json) = (DefaultData(), false);
        while (words.TryDequeue(out var word))
        {
            switch (word)
            {
                case "--json":
                    json = true;
                    break;
                case "--data":
                    data = FolderOf(ValueOf(word, words));
                    break;
                default:
                    throw Unknown(word, verb);
            }
        }

        return make(data, json);
    }

    private static Test ParseTest(Queue<string> words)
    {
        var name = words.TryPeek(out var first) && first != "--" ? words.Dequeue() : null;
        if (name?.StartsWith('-') == true || (words.TryDequeue(out var separator) && separator != "--"))
        {
            throw new UsageException("test takes at most one word, a part of a test project's name, and after -- what its runner is told.");
        }

        return new Test(name, [.. words]);
    }

    private static InviteOperator ParseInviteOperator(Queue<string> words)
    {
        var (data, names) = DataAndWords(words, "invite-operator");
        return names is [var email, .. var practices] && email.Contains('@', StringComparison.Ordinal)
            ? new InviteOperator(data, email, practices)
            : throw new UsageException("invite-operator wants an e-mail address, and the practices the operator is for.");
    }

    private static ResetSecondFactor ParseResetSecondFactor(Queue<string> words)
    {
        var (data, names) = DataAndWords(words, "reset-second-factor");
        return names is [var email] && email.Contains('@', StringComparison.Ordinal)
            ? new ResetSecondFactor(data, email)
            : throw new UsageException("reset-second-factor wants the e-mail address of the person who lost their second factors.");
    }

    private static (string Data, List<string> Names) DataAndWords(Queue<string> words, string verb)
    {
        var (data, names) = (DefaultData(), new List<string>());
        while (words.TryDequeue(out var word))
        {
            switch (word)
            {
                case "--data":
                    data = FolderOf(ValueOf(word, words));
                    break;
                case ['-', ..]:
                    throw Unknown(word, verb);
                default:
                    names.Add(word);
                    break;
            }
        }

        return (data, names);
    }

    private static AddPractice ParsePractice(Queue<string> words)
    {
        var (data, names) = DataAndWords(words, "practice");
        return names is ["add", var id, var name]
            ? new AddPractice(data, id, name)
            : throw new UsageException("practice wants: add ID NAME, the name in quotes.");
    }

    private static Rotate ParseRotate(Queue<string> words)
    {
        var (data, names) = DataAndWords(words, "rotate");
        var known = Startup.Secrets.Rotatable.Keys.Append(Startup.Secrets.RoomKey);
        return names is [var name] && known.Contains(name)
            ? new Rotate(data, name)
            : throw new UsageException($"rotate wants one of: {string.Join(", ", known)}.");
    }

    private static RunOptions Scale(RunOptions options, string value)
    {
        var (name, count) = Pair("--scale", value, "room=2");
        return Topology.Services.Scalable.Contains(name)
            ? options with
            {
                Scale = options.Scale.SetItem(name, Number($"--scale {name}", count, 1, MostInstances)),
            }
            : throw new UsageException($"--scale: there is no service '{name}' to scale. There are: {string.Join(", ", Topology.Services.Scalable)}.");
    }

    private static RunOptions Set(RunOptions options, string value)
    {
        var (name, seconds) = Pair("--set", value, "seat-hold=60");
        return TimeSettings.All.Any(t => t.Name == name)
            ? options with
            {
                Times = options.Times.SetItem(name, Number($"--set {name}", seconds, 1, LongestTime)),
            }
            : throw new UsageException($"--set: there is no time '{name}'. There are: {string.Join(", ", TimeSettings.All.Select(t => t.Name))}.");
    }

    private static (string Name, string Value) Pair(string option, string value, string example)
    {
        var at = value.IndexOf('=', StringComparison.Ordinal);
        return at > 0
            ? (value[..at], value[(at + 1)..])
            : throw new UsageException($"{option} wants a name and a number, such as {option} {example}; got '{value}'.");
    }

    private static int Number(string option, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new UsageException($"{option} wants a whole number from {least} to {most}; got '{value}'.");

    private static string Address(string option, string value) =>
        IPAddress.TryParse(value, out var address) ? address.ToString() : throw new UsageException($"{option} wants an IP address; got '{value}'.");

    private static RelayTls Tls(string value)
    {
        var wrong = new UsageException($"--turn-tls wants HOST:PORT,CERTIFICATE,KEY; got '{value}'.");
        return value.Split(',') is [var address, var certificate, var key] && address.Split(':') is [{ Length: > 0 } host, var port]
            ? new RelayTls(host, Number("--turn-tls", port, 1, 65535), FileOf("--turn-tls", certificate), FileOf("--turn-tls", key))
            : throw wrong;
    }

    private static string FileOf(string option, string path) =>
        File.Exists(path) ? Path.GetFullPath(path) : throw new UsageException($"{option}: there is no file {path}.");

    private static string ValueOf(string option, Queue<string> words) =>
        words.TryDequeue(out var value) && !value.StartsWith("--", StringComparison.Ordinal)
            ? value
            : throw new UsageException($"{option} wants a value after it.");

    private static string FolderOf(string value) => value.Length > 0 ? Path.GetFullPath(value) : throw new UsageException("--data wants a folder.");

    private static string DefaultData() => Path.Combine(Checkout.Root, ".run");

    private static UsageException Unknown(string word, string verb) => new($"{verb} does not know '{word}'.\n{Usage.Of(verb)}");
}
