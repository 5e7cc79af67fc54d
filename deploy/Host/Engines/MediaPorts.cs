using System.Globalization;
using System.Text.RegularExpressions;

namespace GroupTherapy.Host.Engines;

/// <summary>UDP ports for media. A deployment has a block of them; another on the same machine has another block.</summary>
public static partial class MediaPorts
{
    /// <summary>Ports of one block: eight media nodes, and the relay behind them.</summary>
    public const int Block = 8 * JanusEngine.MediaPorts + CoturnEngine.RelayPorts;

    private static readonly int[] Firsts = [10000, 33000, 42000, 51000];

    /// <summary>The first port of a deployment's block: the remembered one, unless another deployment that runs has it now.</summary>
    /// <param name="remembered">0 for none.</param>
    /// <param name="own">Folders of this deployment's own media servers.</param>
    public static int Choose(int remembered, IReadOnlyCollection<string> own)
    {
        var taken = InUse(own);
        var free = Firsts.Prepend(remembered).Where(first => first > 0).FirstOrDefault(first => !taken.Any(t => t.First < first + Block && t.Last >= first));
        return free > 0
            ? free
            : throw new HostException(
                "All blocks of UDP ports for media are in use by other deployments on this machine.",
                "Stop one of them, or start with --no-media"
            );
    }

    // An unused media server holds none of its ports: its settings say which it will.
    private static List<(int First, int Last)> InUse(IReadOnlyCollection<string> own) =>
        [
            .. Directory
                .GetDirectories("/proc")
                .Where(p => int.TryParse(Path.GetFileName(p), out _))
                .Select(SettingsOf)
                .OfType<string>()
                .Where(file => !own.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal)))
                .SelectMany(RangesIn),
        ];

    private static string? SettingsOf(string process)
    {
        try
        {
            var words = File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0');
            var program = Array.FindIndex(words, w => Path.GetFileName(w) is "janus" or "turnserver");
            var option = program < 0 ? -1 : Array.FindIndex(words, program, w => w is "-C" or "-c");
            return option >= 0 && option + 1 < words.Length ? words[option + 1] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<(int First, int Last)> RangesIn(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }

        return Range().Matches(text).Select(m => (Number(m.Groups[1]), Number(m.Groups[2])));
    }

    private static int Number(Group digits) => int.Parse(digits.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("""rtp_port_range = "(\d{1,5})-(\d{1,5})"|min-port=(?<1>\d{1,5})\s+max-port=(?<2>\d{1,5})""")]
    private static partial Regex Range();
}
