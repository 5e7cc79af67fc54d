using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Web;

public sealed class IdempotencyTests(ToyService toys) : IClassFixture<ToyService>
{
    private readonly string _label = $"label-{Guid.CreateVersion7()}";
    private readonly string _key = $"{Guid.CreateVersion7()}";

    [Fact]
    public async Task A_repeat_is_answered_with_the_same_bytes_and_changes_nothing()
    {
        using var http = toys.Somebody();

        var first = await http.MakeAsync(_label, _key);
        var again = await http.MakeAsync(_label, _key);

        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.False(first.Replayed);
        Assert.Equal($"/api/things/{first.Json["id"]}", first.Location);
        Assert.Equal(first with { Replayed = true }, again);
        Assert.Equal(1, await toys.Database.ThingsAsync(_label));
        var id = (Guid)first.Json["id"]!;
        Assert.Equal(1, await toys.Database.AskAsync<long>("select count(*) from audit_entries where ref = $1", id));
        Assert.Equal(1, await toys.Database.AskAsync<long>("select count(*) from outbox where body->>'thingId' = $1", $"{id}"));
    }

    [Theory]
    [InlineData("clé")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task A_key_of_other_characters_is_refused_by_name(string key)
    {
        var token = $"Authorization: Bearer {toys.Service.Tokens.For(ToyApp.Service, Guid.CreateVersion7(), ["member"])}";
        foreach (var sent in new[] { key, RawHttp.Utf8(key) })
        {
            var (status, rest) = await RawHttp.SendAsync(
                toys.Service.Address,
                "POST",
                "/api/things",
                $$"""{"label":"{{_label}}"}""",
                token,
                $"Idempotency-Key: {sent}"
            );
            Assert.Equal(400, status);
            Assert.Contains("\"Idempotency-Key\":[", rest, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Without_a_key_every_request_counts()
    {
        using var http = toys.Somebody();

        await http.MakeAsync(_label, null);
        await http.MakeAsync(_label, null);

        Assert.Equal(2, await toys.Database.ThingsAsync(_label));
    }

    [Fact]
    public async Task Twenty_at_once_have_one_effect_and_one_answer()
    {
        using var http = toys.Somebody();
        Task<Answer[]> all;
        await using (await toys.Database.HoldCommitsOfAsync(_label))
        {
            all = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.MakeAsync(_label, _key)));
            await toys.Database.WaitingSessionsAsync(20);
        }

        var answers = await all;
        Assert.Equal(1, await toys.Database.ThingsAsync(_label));
        var first = Assert.Single(answers, a => !a.Replayed);
        Assert.Equal(HttpStatusCode.Created, first.Status);
        Assert.Equal(19, answers.Count(a => a == first with { Replayed = true }));
    }

    [Fact]
    [Trait("hostile", "R14")]
    public async Task Another_body_under_the_same_key_is_refused()
    {
        using var http = toys.Somebody();
        await http.MakeAsync(_label, _key, 1);

        var other = await http.MakeAsync(_label, _key, 2);

        Assert.Equal((HttpStatusCode)422, other.Status);
        Assert.Equal("idempotency-key-reused", other.Code);
        Assert.Equal(1, await toys.Database.ThingsAsync(_label));
    }

    [Fact]
    public async Task The_same_body_in_another_order_and_spacing_is_the_same_request()
    {
        using var http = toys.Somebody();
        http.DefaultRequestHeaders.Add("Idempotency-Key", _key);
        var first = await http.SendTextAsync($$"""{"label":"{{_label}}","count":1}""");

        var again = await http.SendTextAsync($$"""{ "count": 1, "label": "{{_label}}" }""");

        Assert.Equal(first with { Replayed = true }, again);
    }

    [Fact]
    public async Task A_key_stands_for_the_body_as_it_was_sent_so_that_a_field_that_the_next_release_adds_changes_nothing()
    {
        using var http = toys.Somebody();
        http.DefaultRequestHeaders.Add("Idempotency-Key", _key);
        await http.SendTextAsync($$"""{ "label": "{{_label}}" }""");

        var sent = SHA256.HashData(Encoding.UTF8.GetBytes($$"""POST /api/things {"label":"{{_label}}"}"""));
        Assert.Equal(sent, await toys.Database.AskAsync<byte[]>("select request_hash from idempotency_keys where key = $1", _key));
    }

    [Fact]
    [Trait("hostile", "R16")]
    public async Task Another_callers_key_of_the_same_name_is_another_key()
    {
        using var one = toys.Somebody();
        using var other = toys.Somebody();

        Assert.False((await one.MakeAsync(_label, _key)).Replayed);
        Assert.False((await other.MakeAsync(_label, _key)).Replayed);
        Assert.Equal(2, await toys.Database.ThingsAsync(_label));
    }

    [Fact]
    public async Task A_refusal_is_answered_again_by_its_key_though_its_reason_is_gone()
    {
        using var http = toys.Somebody();
        await toys.RuleAsync(_label, "refuse");
        var refused = await http.MakeAsync(_label, _key);
        Assert.Equal((HttpStatusCode.Conflict, "not-now"), (refused.Status, refused.Code));
        Assert.Equal(0, await toys.Database.ThingsAsync(_label));
        await toys.NoRuleAsync(_label);

        var again = await http.MakeAsync(_label, _key);
        var other = await http.MakeAsync(_label, _key, 2);

        Assert.Equal(refused with { Replayed = true }, again);
        Assert.Equal((HttpStatusCode)422, other.Status);
        Assert.Equal(0, await toys.Database.ThingsAsync(_label));
        Assert.Equal(HttpStatusCode.Created, (await http.MakeAsync(_label, $"{_key}-new")).Status);
    }

    [Fact]
    public async Task After_a_surprise_the_key_is_free_again_and_the_surprise_stays_inside()
    {
        using var http = toys.Somebody();
        await toys.RuleAsync(_label, "throw");
        var surprise = await http.MakeAsync(_label, _key);
        Assert.Equal((HttpStatusCode.InternalServerError, "unexpected"), (surprise.Status, surprise.Code));
        Assert.DoesNotContain("secret", surprise.Text, StringComparison.Ordinal);
        await toys.NoRuleAsync(_label);

        var then = await http.MakeAsync(_label, _key);

        Assert.Equal((HttpStatusCode.Created, false), (then.Status, then.Replayed));
        Assert.Equal(1, await toys.Database.ThingsAsync(_label));
    }

    [Fact]
    public async Task A_stored_refusal_is_answered_again()
    {
        using var http = toys.Somebody();
        await toys.RuleAsync(_label, "refuse on record");
        var refused = await http.MakeAsync(_label, _key);
        await toys.NoRuleAsync(_label);

        var again = await http.MakeAsync(_label, _key);

        Assert.Equal((HttpStatusCode.Forbidden, "not-ever"), (refused.Status, refused.Code));
        Assert.Equal(refused with { Replayed = true }, again);
        Assert.Equal(1, await toys.Database.ThingsAsync(_label));
    }

    [Fact]
    public async Task An_answer_is_kept_for_a_day_and_then_forgotten()
    {
        using var http = toys.Somebody();
        await http.MakeAsync(_label, _key);
        toys.Database.Clock.Advance(TimeSpan.FromHours(23.9));
        Assert.True((await http.MakeAsync(_label, _key)).Replayed);

        toys.Database.Clock.Advance(TimeSpan.FromHours(0.2));

        Assert.False((await http.MakeAsync(_label, _key, 2)).Replayed);
        Assert.True((await http.MakeAsync(_label, _key, 2)).Replayed);
        Assert.Equal(2, await toys.Database.ThingsAsync(_label));
    }

    public static TheoryData<string> Malformed => ["", "with space", "tab\tinside", new string('k', 256)];

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_key_is_refused(string key)
    {
        using var http = toys.Somebody();

        var refused = await http.MakeAsync(_label, key);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.NotNull(refused.Json["errors"]!["Idempotency-Key"]);
        Assert.Equal(0, await toys.Database.ThingsAsync(_label));
    }

    [Fact]
    public async Task The_longest_key_is_taken()
    {
        using var http = toys.Somebody();

        Assert.Equal(HttpStatusCode.Created, (await http.MakeAsync(_label, new string('~', 255))).Status);
    }
}
