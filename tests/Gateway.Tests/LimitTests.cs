using System.Net;
using System.Net.Http.Json;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Platform.Web;

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
        stage.Clock.Turn(TimeSpan.FromSeconds(2));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/groups")).StatusCode);
        stage.Clock.Turn(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task R17_an_address_that_walks_ids_without_signing_in_waits_too()
    {
        stage.Clock.Turn(TimeSpan.FromMinutes(1));
        using var client = stage.Client();
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => client.GetAsync($"/api/groups/{i}")));
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.TooManyRequests);
        stage.Clock.Turn(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task R18_passwords_cannot_be_tried_in_numbers_from_one_address()
    {
        stage.Clock.Turn(TimeSpan.FromMinutes(1));
        using var client = stage.Client();
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => client.PostAsJsonAsync("/api/identity/login", new { email = $"nobody{i}@example.test" })));
        Assert.Contains(answers, a => a.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.InRange(answers.Count(a => a.StatusCode == HttpStatusCode.BadRequest), 30, 59);
        stage.Clock.Turn(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void A_bucket_gives_its_burst_and_then_its_rate_to_each_caller()
    {
        var clock = new TestClock();
        var buckets = new TokenBuckets(20, 100, clock);
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Equal(TimeSpan.Zero, buckets.Take("a")));
        Assert.InRange(buckets.Take("a"), TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(50));
        Assert.Equal(TimeSpan.Zero, buckets.Take("b"));
        clock.Turn(TimeSpan.FromSeconds(1));
        Assert.InRange(Enumerable.Range(0, 100).Count(_ => buckets.Take("a") == TimeSpan.Zero), 20, 60);
        clock.Turn(TimeSpan.FromHours(1));
        Assert.InRange(Enumerable.Range(0, 300).Count(_ => buckets.Take("a") == TimeSpan.Zero), 100, 150);
    }

    [Fact]
    public void The_gateways_own_keys_are_published_ahead_and_forgotten_when_dead()
    {
        var clock = new TestClock();
        using var tokens = new InternalTokens(clock);
        tokens.Rotate();
        var first = Assert.Single(tokens.Published.Keys).Kid;
        clock.Turn(TimeSpan.FromHours(11.8));
        tokens.Rotate();
        var second = Assert.Single(tokens.Published.Keys, k => k.Kid != first).Kid;
        Assert.Equal(first, Signs());
        clock.Turn(TimeSpan.FromMinutes(16));
        tokens.Rotate();
        Assert.Equal(second, Signs());
        Assert.Equal(2, tokens.Published.Keys.Count);
        clock.Turn(TimeSpan.FromMinutes(6));
        tokens.Rotate();
        Assert.Equal(second, Assert.Single(tokens.Published.Keys).Kid);

        string Signs()
        {
            var person = new System.Security.Claims.ClaimsPrincipal(new System.Security.Claims.ClaimsIdentity([new("sub", "a"), new("sid", "b"), new("sie", "1")]));
            return new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(tokens.For(person, ["room"])).Kid;
        }
    }
}
