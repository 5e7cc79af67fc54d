using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TokenReader = GroupTherapy.Platform.Security.TokenReader;

namespace GroupTherapy.Platform.Tests.Security;

public sealed class KeyRingTests : IAsyncLifetime
{
    private readonly TestClock _clock = TestClock.StandingAt(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly Es256Key _key = Es256Key.New(DateTimeOffset.UnixEpoch);
    private readonly TokenSigner _signer;
    private readonly KeySource _source;
    private readonly KeyRing _ring;

    public KeyRingTests()
    {
        _signer = new TokenSigner("the-issuer", _clock);
        _signer.Use([_key]);
        _source = new KeySource(_signer);
        _ring = new KeyRing([_source.Address], _clock, NullLogger.Instance);
    }

    public async ValueTask InitializeAsync() => await _source.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _ring.Dispose();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task A_thousand_unknown_names_ask_the_source_once_a_second()
    {
        Assert.False(_ring.HasKeys);
        await ThousandUnknownAsync();
        Assert.Equal(1, _source.Asked);

        _clock.Advance(TimeSpan.FromSeconds(0.9));
        await ThousandUnknownAsync();
        Assert.Equal(1, _source.Asked);

        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await ThousandUnknownAsync();
        Assert.Equal(2, _source.Asked);
        Assert.True(_ring.HasKeys);
    }

    [Fact]
    public async Task A_known_key_is_asked_for_once_a_minute()
    {
        for (var seconds = 0; seconds < 120; seconds++)
        {
            Assert.NotNull(await FindAsync(_key.Kid));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(2, _source.Asked);
    }

    [Fact]
    public async Task Known_keys_stay_in_force_while_the_source_is_away()
    {
        await FindAsync(_key.Kid);
        await _source.StopAsync();

        for (var minutes = 0; minutes < 5; minutes++)
        {
            _clock.Advance(TimeSpan.FromMinutes(2));
            Assert.NotNull(await FindAsync(_key.Kid));
            // Nobody can tell whether such a token is good, so nobody is told that it is bad.
            await Assert.ThrowsAsync<TimeoutException>(async () => await FindAsync("unknown"));
        }
    }

    [Fact]
    public async Task A_source_that_was_away_at_first_is_found_later()
    {
        await _source.StopAsync();
        await Assert.ThrowsAsync<TimeoutException>(async () => await FindAsync(_key.Kid));
        Assert.False(_ring.HasKeys);
        await _source.StartAsync();

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull(await FindAsync(_key.Kid));
    }

    [Fact]
    public async Task A_rotated_key_is_found_when_it_is_first_met_and_a_withdrawn_one_is_forgotten()
    {
        await FindAsync(_key.Kid);
        var next = Es256Key.New(DateTimeOffset.UnixEpoch);
        _signer.Use([next]);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull(await FindAsync(next.Kid));
        Assert.Null(await FindAsync(_key.Kid));
    }

    [Fact]
    public async Task A_caller_that_cancels_does_not_cancel_the_shared_request()
    {
        _source.Hold();
        using var leaves = new CancellationTokenSource();
        var left = _ring.FindAsync("unknown", leaves.Token).AsTask();
        await Eventually.Async(() => _source.Asked == 1, () => "the source was not asked");
        var stays = FindAsync(_key.Kid).AsTask();

        await leaves.CancelAsync();
        _source.Gate.SetResult();

        Assert.NotNull(await stays);
        await Record.ExceptionAsync(() => left);
    }

    [Fact]
    public async Task No_header_of_a_token_chooses_whom_to_ask()
    {
        var other = new TokenSigner("the-issuer", _clock);
        other.Use([Es256Key.New(DateTimeOffset.UnixEpoch)]);
        await using var trap = new KeySource(other);
        await trap.StartAsync();
        var key = other.Keys[0];
        var token = new JsonWebTokenHandler().CreateToken(
            new SecurityTokenDescriptor
            {
                Issuer = "the-issuer",
                Audience = "alpha",
                NotBefore = _clock.GetUtcNow().UtcDateTime,
                Expires = (_clock.GetUtcNow() + TimeSpan.FromMinutes(2)).UtcDateTime,
                AdditionalHeaderClaims = new Dictionary<string, object>
                {
                    ["jku"] = trap.Address.ToString(),
                    ["x5u"] = trap.Address.ToString(),
                    ["jwk"] = new Dictionary<string, object>
                    {
                        ["kty"] = "EC",
                        ["crv"] = "P-256",
                        ["x"] = key.Public().X,
                        ["y"] = key.Public().Y,
                    },
                },
                SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key.Key) { KeyId = key.Kid }, SecurityAlgorithms.EcdsaSha256),
            }
        );

        Assert.Null(await new TokenReader(_ring, "the-issuer", "alpha", _clock).ReadAsync(token, default));
        Assert.Equal((1, 0), (_source.Asked, trap.Asked));
    }

    private ValueTask<SecurityKey?> FindAsync(string kid) => _ring.FindAsync(kid, default);

    private async Task ThousandUnknownAsync() =>
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 1000).Select(n => Task.Run(async () => await FindAsync($"unknown-{n}")))), Assert.Null);
}
