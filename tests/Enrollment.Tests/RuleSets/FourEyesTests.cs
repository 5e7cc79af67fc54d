using System.Net;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Security;
using static GroupTherapy.Enrollment.Tests.RuleSets.Office;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>Two operators are two people, and the law is not a practice's.</summary>
public sealed class FourEyesTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private static readonly DateTimeOffset LongAgo = DateTimeOffset.UnixEpoch;
    private readonly Office _office = new(world);

    [Fact]
    public async Task An_operators_own_second_address_does_not_publish_what_the_operator_wrote()
    {
        var (author, puppet, other) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var version = await SubmittedPolicyAsync(world.Service.AsOperator(author, "grouport", author, LongAgo));

        Assert.Equal((HttpStatusCode.Conflict, "same-author"), await PublishAsync(world.Service.AsOperator(author, "grouport", author, LongAgo), version));
        Assert.Equal((HttpStatusCode.Conflict, "not-independent"), await PublishAsync(world.Service.AsOperator(puppet, "grouport", author, LongAgo), version));
        Assert.Equal(
            (HttpStatusCode.Conflict, "operator-too-new"),
            await PublishAsync(world.Service.AsOperator(other, "grouport", other, TimeProvider.System.GetUtcNow().AddHours(-23)), version)
        );
        Assert.Equal((HttpStatusCode.Forbidden, "not-your-practice"), await PublishAsync(world.Service.AsOperator(other, "chicago", other, LongAgo), version));
        Assert.Equal((HttpStatusCode.OK, null), await PublishAsync(world.Service.AsOperator(other, "grouport", other, LongAgo), version));
    }

    [Fact]
    public async Task The_author_does_not_publish_what_their_own_second_address_wrote()
    {
        var (author, puppet) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var version = await SubmittedPolicyAsync(world.Service.AsOperator(puppet, "grouport", author, LongAgo));
        Assert.Equal((HttpStatusCode.Conflict, "not-independent"), await PublishAsync(world.Service.AsOperator(author, "grouport", author, LongAgo), version));
    }

    [Fact]
    public async Task The_law_is_not_changed_by_a_practices_operator()
    {
        var draft = await _office.DraftAsync();
        CloseFlorida(draft["document"]!);
        var practices = world.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport", "chicago"]);
        var (status, problem) = await SendAsync(practices, HttpMethod.Put, $"{draft["version"]}", draft);
        Assert.Equal((HttpStatusCode.Forbidden, "not-your-practice", "platform"), (status, Code(problem), (string?)problem["practice"]));

        var version = await _office.DraftWithAsync(CloseFlorida);
        await _office.PostAsync($"{version}/submit");
        Assert.Equal((HttpStatusCode.Forbidden, "not-your-practice"), await PublishAsync(practices, version));
    }

    [Fact]
    public void Outside_a_demonstration_a_second_factor_is_needed()
    {
        var caller = Caller.Anonymous with { Standings = new Dictionary<string, Standing> { ["one"] = new(Guid.CreateVersion7(), LongAgo) } };
        var eyes = new FourEyes(TimeSpan.FromDays(1), NeedsSecondFactor: true);
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal("second-factor-needed", eyes.Refuse(caller, ["one"], [], now)?.Code);
        Assert.Null(eyes.Refuse(caller with { SecondFactor = true }, ["one"], [], now));
    }

    private static async Task<int> SubmittedPolicyAsync(HttpClient author)
    {
        var (_, draft) = await SendAsync(author, HttpMethod.Post, "/api/licensing/rule-sets");
        Row(draft["document"]!, "practicePolicies", "practice-grouport")["graceDaysAfterMove"] = Random.Shared.Next(31, 90);
        var (status, body) = await SendAsync(author, HttpMethod.Put, $"{draft["version"]}", draft);
        Assert.True(status == HttpStatusCode.OK, body.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(author, HttpMethod.Post, $"{draft["version"]}/submit")).Status);
        return (int)draft["version"]!;
    }

    private static async Task<(HttpStatusCode Status, string? Code)> PublishAsync(HttpClient http, int version)
    {
        var (status, body) = await SendAsync(http, HttpMethod.Post, $"{version}/publish", new { });
        return (status, Code(body));
    }
}
