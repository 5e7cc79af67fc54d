using System.Net;
using System.Net.Http.Json;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Gateway.Tests;

/// <summary>Without demonstration data: limits per address count on loopback too.</summary>
public sealed class StrictStage : Stage
{
    protected override bool Demo => false;
}

public sealed class LimitTests(StrictStage stage) : IClassFixture<StrictStage>
{
    [Fact]
    public async Task A_person_may_ask_a_hundred_times_at_once_and_then_waits()
    {
        using var client = stage.Client((await stage.SignInAsync()).AccessToken);
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => client.GetAsync("/api/groups")));
        var passed = answers.Count(a => a.IsSuccessStatusCode);
        Assert.InRange(passed, 100, 399);
        var refused = answers.First(a => !a.IsSuccessStatusCode);
        await HeaderTests.ProblemAsync(refused, 429, "too-many-requests");
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());

        // Another person has a hundred of their own.
        using var other = stage.Client((await stage.SignInAsync()).AccessToken);
        Assert.Equal(HttpStatusCode.OK, (await other.GetAsync("/api/groups")).StatusCode);
        await Eventually.Async(async () => (await client.GetAsync("/api/groups")).IsSuccessStatusCode, () => "the person never got a new token");
    }

    [Fact]
    public async Task R17_an_address_that_walks_ids_without_signing_in_waits_too()
    {
        using var client = stage.Client(from: "127.0.0.9");
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => client.GetAsync($"/api/groups/{i}")));
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task R18_passwords_cannot_be_tried_in_numbers_from_one_address()
    {
        using var client = stage.Client(from: "127.0.0.10");
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => client.PostAsJsonAsync("/api/identity/login", new { email = $"nobody{i}@example.test" }))
        );
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.InRange(answers.Count(a => a.StatusCode == HttpStatusCode.BadRequest), 30, 59);
    }

    [Fact]
    public async Task Each_caller_has_a_burst_and_gets_new_tokens_with_time()
    {
        using var limits = new RateLimits(stage.Get<GatewaySettings>());
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Null(limits.Refuse("a", null, signsIn: false)));
        Assert.InRange(limits.Refuse("a", null, signsIn: false)!.Value, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1));
        Assert.Null(limits.Refuse("b", null, signsIn: false));
        await Eventually.Async(() => Task.FromResult(limits.Refuse("a", null, signsIn: false) is null), () => "no new token came");
    }

    [Fact]
    public void The_gateways_own_keys_are_published_ahead_and_forgotten_when_dead()
    {
        var clock = new TestClock { MovesTimestamps = true };
        using var tokens = new InternalTokens(clock);
        tokens.Rotate();
        var first = Assert.Single(tokens.Published.Keys).Kid;
        clock.Advance(TimeSpan.FromHours(11.8));
        tokens.Rotate();
        var second = Assert.Single(tokens.Published.Keys, k => k.Kid != first).Kid;
        Assert.Equal(first, Signs());
        clock.Advance(TimeSpan.FromMinutes(16));
        tokens.Rotate();
        Assert.Equal(second, Signs());
        Assert.Equal(2, tokens.Published.Keys.Count);
        clock.Advance(TimeSpan.FromMinutes(6));
        tokens.Rotate();
        Assert.Equal(second, Assert.Single(tokens.Published.Keys).Kid);

        string Signs()
        {
            var person = new System.Security.Claims.ClaimsPrincipal(
                new System.Security.Claims.ClaimsIdentity([new("sub", "a"), new("sid", "b"), new("sie", "1")])
            );
            return new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(tokens.For(person, ["room"])).Kid;
        }
    }
}
