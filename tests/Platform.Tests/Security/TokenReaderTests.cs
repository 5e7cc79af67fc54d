using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TokenReader = GroupTherapy.Platform.Security.TokenReader;

namespace GroupTherapy.Platform.Tests.Security;

public sealed class TokenReaderTests
{
    private const string Issuer = "the-issuer";
    private const string Audience = "alpha";
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);
    private readonly TestClock _clock = TestClock.StandingAt(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly Es256Key _key = Es256Key.New(DateTimeOffset.UnixEpoch);
    private readonly TokenSigner _signer;
    private readonly TokenReader _reader;

    public TokenReaderTests()
    {
        _signer = new TokenSigner(Issuer, _clock);
        _signer.Use([_key]);
        _reader = new TokenReader(KeyRing.Of(_signer, _clock, NullLogger.Instance), Issuer, Audience, _clock);
    }

    [Fact]
    public async Task A_good_token_is_read_with_its_claims()
    {
        var claims = new Dictionary<string, object> { ["sub"] = "somebody", ["role"] = new[] { "a", "b" } };

        var identity = await _reader.ReadAsync(_signer.Sign(Audience, Lifetime, claims), default);

        Assert.Equal("somebody", identity!.FindFirst("sub")!.Value);
        Assert.Equal(["a", "b"], identity.FindAll("role").Select(c => c.Value));
    }

    [Fact]
    public async Task A_token_for_two_is_read_by_each_of_them() => await AcceptedAsync(_signer.Sign(["beta", Audience], Lifetime, Claims()));

    [Fact]
    public async Task What_the_tests_forge_with_makes_good_tokens_too() => await AcceptedAsync(Forge(_ => { }));

    [Fact]
    public async Task A_token_for_another_audience_is_refused() => await RefusedAsync(_signer.Sign("beta", Lifetime, Claims()));

    [Fact]
    public async Task A_token_without_an_audience_is_refused() => await RefusedAsync(Forge(t => t.Audience = null));

    [Fact]
    public async Task A_token_of_another_issuer_is_refused() => await RefusedAsync(Forge(t => t.Issuer = "another-issuer"));

    [Fact]
    public async Task A_token_lives_to_its_end_and_the_leeway_and_no_longer()
    {
        var token = _signer.Sign(Audience, Lifetime, Claims());
        _clock.Advance(Lifetime + TokenReader.Leeway - TimeSpan.FromSeconds(1));
        await AcceptedAsync(token);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(token);
    }

    [Fact]
    public async Task A_token_without_an_end_is_refused() => await RefusedAsync(Forge(t => t.Expires = null));

    [Fact]
    public async Task A_token_from_the_future_is_refused_until_the_leeway_reaches_it()
    {
        var token = Forge(t => t.NotBefore = _clock.GetUtcNow().UtcDateTime + TokenReader.Leeway + TimeSpan.FromSeconds(1));
        await RefusedAsync(token);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await AcceptedAsync(token);
    }

    [Fact]
    public async Task A_token_signed_with_the_public_key_as_a_shared_secret_is_refused()
    {
        var point = _key.Key.ExportParameters(false).Q;
        byte[][] secrets =
        [
            _key.Key.ExportSubjectPublicKeyInfo(),
            Encoding.ASCII.GetBytes(_key.Key.ExportSubjectPublicKeyInfoPem()),
            [.. point.X!, .. point.Y!],
            Encoding.ASCII.GetBytes(_key.Public().X),
        ];
        foreach (var secret in secrets)
        {
            await RefusedAsync(Forge(t => t.SigningCredentials = new(new SymmetricSecurityKey(secret) { KeyId = _key.Kid }, SecurityAlgorithms.HmacSha256)));
        }
    }

    [Fact]
    public async Task A_token_signed_with_another_key_under_a_known_id_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RefusedAsync(
            Forge(t => t.SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(other) { KeyId = _key.Kid }, SecurityAlgorithms.EcdsaSha256))
        );
    }

    [Fact]
    public async Task A_token_of_an_unpublished_key_is_refused()
    {
        var other = Es256Key.New(DateTimeOffset.UnixEpoch);
        await RefusedAsync(Forge(t => t.SigningCredentials = new(new ECDsaSecurityKey(other.Key) { KeyId = other.Kid }, SecurityAlgorithms.EcdsaSha256)));
        await RefusedAsync(Forge(t => t.SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key.Key), SecurityAlgorithms.EcdsaSha256)));
    }

    [Fact]
    public async Task A_key_may_not_be_used_with_another_hash()
    {
        using var rsa = RSA.Create(2048);
        await RefusedAsync(
            Forge(t => t.SigningCredentials = new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = _key.Kid }, SecurityAlgorithms.RsaSha256))
        );
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"None","kid":"KID"}""")]
    [InlineData("""{"alg":"","kid":"KID"}""")]
    [InlineData("""{"kid":"KID"}""")]
    [InlineData("""{"alg":"ES256","kid":"KID"}""")]
    [InlineData("""{"alg":["ES256"],"kid":"KID"}""")]
    [InlineData("""{"alg":1,"kid":2}""")]
    [InlineData("""{"alg":"ES256","kid":["KID"]}""")]
    [InlineData("""{"alg":"ES256","kid":null}""")]
    [InlineData("""{"alg":"ES256","kid":"KID","crit":["x"],"b64":false}""")]
    [InlineData("""["ES256"]""")]
    [InlineData("""nothing""")]
    public async Task An_unsigned_token_is_refused_whatever_its_header_says(string header)
    {
        var body = Forge(_ => { }).Split('.')[1];
        foreach (var signature in new[] { "", "AA", Base64UrlEncoder.Encode(new byte[64]) })
        {
            await RefusedAsync($"{Base64UrlEncoder.Encode(header.Replace("KID", _key.Kid, StringComparison.Ordinal))}.{body}.{signature}");
        }
    }

    [Fact]
    public async Task A_token_changed_in_any_part_is_refused()
    {
        var token = Forge(_ => { });
        foreach (var (part, at) in Enumerable.Range(0, 3).SelectMany(part => new[] { 0, 5, 20 }.Select(at => (part, at))))
        {
            var parts = token.Split('.');
            parts[part] = parts[part][..at] + (parts[part][at] == 'A' ? 'B' : 'A') + parts[part][(at + 1)..];
            await RefusedAsync(string.Join('.', parts));
        }

        var richer = token.Split('.');
        richer[1] = Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(richer[1]).Replace("somebody", "somebodyelse", StringComparison.Ordinal));
        await RefusedAsync(string.Join('.', richer));
    }

    public static TheoryData<string> Rubbish =>
        [
            "",
            " ",
            ".",
            "..",
            "...",
            "....",
            "a.b.c",
            "a.b.c.d.e",
            "e30.e30.",
            "e30.e30.e30",
            "bnVsbA.bnVsbA.bnVsbA",
            "eyJhbGciOiJFUzI1NiJ9.!!!.AA",
            "\u0000.\u0000.\u0000",
            new string('a', 9000),
        ];

    [Theory]
    [MemberData(nameof(Rubbish))]
    public async Task Rubbish_is_refused(string token) => await RefusedAsync(token);

    [Theory]
    [InlineData("""{"exp":"never"}""")]
    [InlineData("""{"exp":1e300}""")]
    [InlineData("""{"exp":-1}""")]
    [InlineData("""{"exp":99999999999999999999}""")]
    [InlineData("""{"aud":{"a":1},"exp":[]}""")]
    [InlineData("""[]""")]
    public async Task A_signed_body_that_makes_no_sense_is_refused(string body)
    {
        var head = $"{Base64UrlEncoder.Encode($$"""{"alg":"ES256","kid":"{{_key.Kid}}"}""")}.{Base64UrlEncoder.Encode(body)}";
        await RefusedAsync($"{head}.{Base64UrlEncoder.Encode(_key.Key.SignData(Encoding.ASCII.GetBytes(head), HashAlgorithmName.SHA256))}");
    }

    private static Dictionary<string, object> Claims() => new() { ["sub"] = "somebody" };

    private string Forge(Action<SecurityTokenDescriptor> change)
    {
        var now = _clock.GetUtcNow().UtcDateTime;
        var token = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Lifetime,
            Claims = Claims(),
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key.Key) { KeyId = _key.Kid }, SecurityAlgorithms.EcdsaSha256),
        };
        change(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    private async Task AcceptedAsync(string token) => Assert.NotNull(await _reader.ReadAsync(token, default));

    private async Task RefusedAsync(string token) => Assert.Null(await _reader.ReadAsync(token, default));
}
