using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>Which descriptions and candidates reach the media server.</summary>
public sealed class SdpRulesTests
{
    private const string Head = "v=0\r\no=- 42 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n";
    private const string Transport = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\na=rtcp-mux\r\n";
    private const string Audio = $"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n{Transport}a=sendonly\r\na=rtpmap:111 opus/48000/2\r\n";
    private const string Video = $"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n{Transport}a=sendonly\r\na=rtpmap:96 VP8/90000\r\n";

    public static TheoryData<string, string> Unusable =>
        new()
        {
            { "nothing", "" },
            { "words", "hello" },
            { "JSON", "{\"sdp\":1}" },
            { "no section", Head },
            { "a data channel", $"{Head}{Audio}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\n{Transport}" },
            { "two microphones", $"{Head}{Audio}{Audio.Replace("mid:0", "mid:5", StringComparison.Ordinal)}" },
            { "two cameras and a microphone", $"{Head}{Audio}{Video}{Video.Replace("mid:1", "mid:5", StringComparison.Ordinal)}" },
            { "two sections of one name", $"{Head}{Audio}{Video.Replace("mid:1", "mid:0", StringComparison.Ordinal)}" },
            { "no encryption", $"{Head}{Audio.Replace("a=fingerprint:sha-256 AA:BB\r\n", "", StringComparison.Ordinal)}" },
            { "no ICE", $"{Head}{Audio.Replace("a=ice-ufrag:abcd\r\n", "", StringComparison.Ordinal)}" },
            { "a section without a name", $"{Head}{Audio.Replace("a=mid:0\r\n", "", StringComparison.Ordinal)}" },
            { "a section's name of several words", $"{Head}{Audio.Replace("mid:0", "mid:0/x y", StringComparison.Ordinal)}" },
            { "a user fragment of several words", $"{Head}{Audio.Replace("ufrag:abcd", "ufrag:abcd efgh", StringComparison.Ordinal)}" },
            { "very many user fragments", Head + Audio + string.Concat(Enumerable.Range(1000, 500).Select(n => $"a=ice-ufrag:{n}\r\n")) },
            { "a control character", $"{Head}{Audio}a=x:\u0000\r\n" },
            { "other letters", $"{Head}{Audio}a=x:é\r\n" },
            { "a line without a type", $"{Head}{Audio}nonsense\r\n" },
            { "a very long line", $"{Head}{Audio}a=x:{new string('x', 5000)}\r\n" },
            { "very many lines", Head + Audio + string.Concat(Enumerable.Repeat("a=x\r\n", 5000)) },
            { "thirty sizes of a picture", Head + Audio + Video + string.Concat(Enumerable.Range(0, 30).Select(n => $"a=rid:r{n} send\r\n")) },
            { "thirty sizes in one line", $"{Head}{Audio}{Video}a=simulcast:send {string.Join(';', Enumerable.Range(0, 30))}\r\n" },
            { "four streams of a picture", $"{Head}{Audio}{Video}a=ssrc-group:SIM 1 2 3 4\r\n" },
            { "very much", Head + Audio + new string('x', 60_000) },
        };

    [Theory]
    [MemberData(nameof(Unusable))]
    [Trait("hostile", "M08 M13")]
    public void An_offer_that_is_not_one_microphone_and_one_camera_is_refused(string what, string sdp)
    {
        Assert.True(SdpRules.RefuseOffer(sdp, out _) is { Code: "bad-request" }, what);
    }

    [Fact]
    public void A_browsers_offer_is_taken_and_read()
    {
        Assert.Null(SdpRules.RefuseOffer(Head + Audio + Video, out var summary));
        Assert.Equal(("- 42", "0", "1"), (summary.Origin, summary.MidOf("audio"), summary.MidOf("video")));
        Assert.Equal(["abcd"], summary.Ufrags);
        Assert.Null(SdpRules.RefuseOffer($"{Head}{Audio}{Video}a=rid:h send\r\na=rid:m send\r\na=rid:l send\r\na=simulcast:send h;m;l\r\n", out _));
        Assert.Null(SdpRules.RefuseOffer(Head + Audio, out var sound));
        Assert.Null(sound.MidOf("video"));
    }

    [Theory]
    [InlineData("candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd", true)]
    [InlineData("candidate:1 1 udp 2122260223 abc.local 54321 typ host", true)]
    [InlineData("", true)]
    [InlineData("candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag wxyz", false)]
    [InlineData("candidate:1 1 udp 2122260223 192.0.2.1 99999 typ host", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("candidate:1 1 udp\r\n2122260223 192.0.2.1 54321 typ host", false)]
    public void A_candidate_of_another_connection_or_of_another_form_is_refused(string candidate, bool isTaken)
    {
        Assert.Equal(isTaken, SdpRules.RefuseCandidate(candidate, "0", 0, new HashSet<string> { "abcd" }) is null);
    }

    [Fact]
    public void A_candidate_is_short() =>
        Assert.NotNull(
            SdpRules.RefuseCandidate("candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host " + new string('x', 600), "0", 0, new HashSet<string>())
        );
}
