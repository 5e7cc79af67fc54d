using System.Collections.Immutable;
using System.Globalization;

namespace GroupTherapy.Room.Domain;

/// <summary>One media section of a session description.</summary>
/// <param name="Kind"><c>audio</c> or <c>video</c>.</param>
/// <param name="HasSizes">One picture in several sizes, told apart by their names (RFC 8852).</param>
public sealed record SdpSection(string Kind, string Mid, bool IsActive, bool HasSizes = false);

/// <summary>The parts of a browser's session description (RFC 8866) that the room checks.</summary>
/// <param name="Origin">The same over all descriptions of one peer connection.</param>
/// <param name="Ufrags">ICE user fragments.</param>
public sealed record SdpSummary(string Origin, ImmutableArray<SdpSection> Sections, ImmutableHashSet<string> Ufrags)
{
    public string? MidOf(string kind) => Sections.FirstOrDefault(s => s.Kind == kind)?.Mid;

    public bool HasSizes => Sections.Any(s => s.HasSizes);
}

/// <summary>Which session descriptions and candidates are passed on to the media server. A refused one never reaches it.</summary>
public static class SdpRules
{
    /// <summary>In characters. A browser's offer of one microphone and one camera has 3,000 to 8,000.</summary>
    public const int MostCharacters = 48 * 1024;

    public const int MostCandidateCharacters = 512;

    /// <summary>Sizes of one picture that are sent side by side (simulcast, RFC 8853); the media server tells three apart.</summary>
    public const int MostLayers = 3;

    private const int MostLine = 2048;
    private const int MostLines = 3000;
    private static readonly Refusal Malformed = Refusal.BadRequest("This is no session description that can be used here.");

    /// <summary>An offer to send: at most one microphone and one camera, encrypted, on one transport, no data channel.</summary>
    public static Refusal? RefuseOffer(string? sdp, out SdpSummary summary)
    {
        if (Refuse(sdp, out summary) is { } refusal)
        {
            return refusal;
        }

        return summary.Ufrags.Count > summary.Sections.Length + 1 ? Malformed
            : summary.Sections.Length is 0 or > 2 || summary.Sections.DistinctBy(s => s.Kind).Count() != summary.Sections.Length
                ? Refusal.BadRequest("One microphone and one camera at most can be sent.")
            : null;
    }

    /// <summary>An answer to what the media server offered.</summary>
    public static Refusal? RefuseAnswer(string? sdp, out SdpSummary summary) => Refuse(sdp, out summary);

    /// <summary>A candidate (RFC 8839) of the connection with these user fragments; empty for the end of candidates.</summary>
    public static Refusal? RefuseCandidate(string? candidate, string? mid, int? index, IReadOnlySet<string> ufrags)
    {
        if (candidate is null || candidate.Length > MostCandidateCharacters || mid?.Length > 64 || index is < 0 or > 256 || candidate.Any(char.IsControl))
        {
            return Refusal.BadRequest("This is no candidate.");
        }

        if (candidate.Length == 0)
        {
            return null;
        }

        var parts = candidate.Split(' ');
        if (
            !parts[0].StartsWith("candidate:", StringComparison.Ordinal)
            || parts.Length < 8
            || parts[6] != "typ"
            || !ushort.TryParse(parts[5], NumberStyles.None, CultureInfo.InvariantCulture, out _)
        )
        {
            return Refusal.BadRequest("This is no candidate.");
        }

        var at = Array.IndexOf(parts, "ufrag");
        return at < 0 || at + 1 >= parts.Length || ufrags.Count == 0 || ufrags.Contains(parts[at + 1])
            ? null
            : Refusal.BadRequest("This candidate belongs to another connection.");
    }

    private static Refusal? Refuse(string? sdp, out SdpSummary summary)
    {
        summary = new SdpSummary("", [], []);
        if (sdp is null || sdp.Length > MostCharacters)
        {
            return Refusal.BadRequest("A session description has 48 KiB at most.");
        }

        var lines = sdp.Split('\n', MostLines + 1);
        if (lines.Length > MostLines || !sdp.StartsWith("v=0", StringComparison.Ordinal))
        {
            return Malformed;
        }

        return Read(lines, ref summary);
    }

    private static Refusal? Read(string[] lines, ref SdpSummary summary)
    {
        var (origin, fingerprint, sections, ufrags) = ("", false, new List<SdpSection>(), new HashSet<string>(StringComparer.Ordinal));
        var layers = 0;
        foreach (var raw in lines)
        {
            var line = raw.TrimEnd('\r');
            if (line.Length == 0)
            {
                continue;
            }

            if (line.Length > MostLine || line.Length < 2 || line[1] != '=' || line.Any(c => char.IsControl(c) || c > '~'))
            {
                return Malformed;
            }

            var isSize = line.StartsWith("a=rid:", StringComparison.Ordinal);
            layers += isSize ? 1 : 0;
            if (layers > MostLayers || LayersOf(line) > MostLayers)
            {
                return Refusal.BadRequest($"A picture can be sent in {MostLayers} sizes at most.");
            }

            if (line.StartsWith("o=", StringComparison.Ordinal))
            {
                origin = string.Join(' ', line[2..].Split(' ').Take(2));
            }
            else if (line.StartsWith("m=", StringComparison.Ordinal))
            {
                var kind = line[2..].Split(' ')[0];
                if (kind is not ("audio" or "video"))
                {
                    return Refusal.BadRequest("Only sound and pictures can be sent here.");
                }

                layers = 0;
                sections.Add(new SdpSection(kind, "", !line.StartsWith($"m={kind} 0 ", StringComparison.Ordinal)));
            }
            else if (sections.Count > 0 && line.StartsWith("a=mid:", StringComparison.Ordinal))
            {
                sections[^1] = sections[^1] with { Mid = line["a=mid:".Length..] };
            }
            else if (sections.Count > 0 && line is "a=inactive" or "a=recvonly")
            {
                sections[^1] = sections[^1] with { IsActive = false };
            }
            else if (sections.Count > 0 && isSize)
            {
                sections[^1] = sections[^1] with { HasSizes = true };
            }
            else if (line.StartsWith("a=ice-ufrag:", StringComparison.Ordinal))
            {
                ufrags.Add(line["a=ice-ufrag:".Length..]);
            }
            else
            {
                fingerprint |= line.StartsWith("a=fingerprint:", StringComparison.Ordinal);
            }
        }

        summary = new SdpSummary(origin, [.. sections], [.. ufrags]);
        return
            origin.Length > 0
            && fingerprint
            && ufrags.Count > 0
            && sections.All(s => IsTag(s.Mid))
            && ufrags.All(u => u.All(IsIceCharacter))
            && sections.Select(s => s.Mid).Distinct(StringComparer.Ordinal).Count() == sections.Count
            ? null
            : Malformed;
    }

    private static int LayersOf(string line) =>
        line.StartsWith("a=simulcast:", StringComparison.Ordinal) ? line.Split(';', ',').Length
        : line.StartsWith("a=ssrc-group:SIM ", StringComparison.Ordinal) ? line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length - 1
        : 0;

    // A tag (RFC 5888) is a token. It stands in what others are sent and in rows about them.
    private static bool IsTag(string mid) => mid.Length is > 0 and <= 64 && mid.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`{|}~".Contains(c));

    private static bool IsIceCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/';
}
