using System.Net;
using GroupTherapy.Platform.Tests.Toys;

namespace GroupTherapy.Platform.Tests.Web;

/// <summary>What cannot be bound is refused with the field's name, in words that tell nothing of the inside.</summary>
public sealed class BindingTests(ToyService toys) : IClassFixture<ToyService>
{
    public static TheoryData<string, string> Wrong =>
        new()
        {
            { """{"label":"a","colour":"red"}""", "colour" },
            { """{"label":"a","label":"b"}""", "label" },
            { """{"label":"a","Label":"b"}""", "label" },
            { """{"label":"a","Count":7}""", "Count" },
            { """{"label":7}""", "label" },
            { """{"label":null}""", "label" },
            { """{"label":["a"]}""", "label" },
            { """{}""", "label" },
            { """{"label":"a","count":"7"}""", "count" },
            { """{"label":"a","count":7.5}""", "count" },
            { """{"label":"a","count":99999999999}""", "count" },
            { """{"label":"a","count":true}""", "count" },
            { """{"label":"a","at":"2026-11-24T00:00:00"}""", "at" },
            { """{"label":"a","at":"2026-11-24"}""", "at" },
            { """{"label":"a","at":"yesterday"}""", "at" },
            { """{"label":"a","at":1790000000}""", "at" },
            { """{"label":"a","inside":{"depth":"1"}}""", "inside.depth" },
            { """{"label":"a","inside":{"width":1}}""", "inside.width" },
            { """["a"]""", "body" },
            { "7", "body" },
            { "{\"label\":\"a\"", "body" },
            { "not json", "body" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task It_is_refused_by_the_name_of_the_field(string body, string field)
    {
        using var http = toys.Somebody();

        var answer = await http.SendTextAsync(body);

        Assert.Equal((HttpStatusCode.BadRequest, "validation"), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.MediaType);
        var named = Assert.Single(answer.Json["errors"]!.AsObject());
        Assert.Equal(field, named.Key, ignoreCase: true);
        TellsNothing(answer);
    }

    [Theory]
    [InlineData("", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("null", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("{\"label\":\"a\"}", "text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_body_that_is_missing_or_of_another_kind_is_refused(string body, string type, HttpStatusCode status)
    {
        using var http = toys.Somebody();

        var answer = await http.SendTextAsync(body, type);

        Assert.Equal(status, answer.Status);
        TellsNothing(answer);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused()
    {
        using var http = toys.Somebody();

        var answer = await http.SendTextAsync($$"""{"label":"{{new string('a', 300 * 1024)}}"}""");

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-large"), (answer.Status, answer.Code));
        TellsNothing(answer);
    }

    [Theory]
    [InlineData("2026-11-24T00:00:00Z")]
    [InlineData("2026-11-24T00:00:00.123456Z")]
    [InlineData("2026-11-23T19:00:00-05:00")]
    [InlineData("2026-11-24T00:00+00:00")]
    public async Task An_instant_with_an_offset_is_taken(string at)
    {
        using var http = toys.Somebody();

        Assert.Equal(HttpStatusCode.Created, (await http.SendTextAsync($$"""{"label":"a","at":"{{at}}"}""")).Status);
    }

    [Theory]
    [InlineData("/internal/audit?subject=me")]
    [InlineData("/internal/audit?from=yesterday")]
    public async Task A_query_that_cannot_be_read_is_refused(string path)
    {
        using var http = toys.Service.As(Guid.CreateVersion7(), "operator");

        var answer = await http.ReadAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        TellsNothing(answer);
    }

    private static void TellsNothing(Answer answer)
    {
        foreach (var inside in new[] { "GroupTherapy", "System.", "Exception", "MakeThing", "ToyApp", "JSON value", "Path:", "LineNumber", "   at " })
        {
            Assert.DoesNotContain(inside, answer.Text, StringComparison.Ordinal);
        }
    }
}
