using System.Net;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Web;

public sealed class DoorTests(ToyService toys) : IClassFixture<ToyService>
{
    [Theory]
    [InlineData("/api/for-nobody", null, HttpStatusCode.Unauthorized, "not-signed-in")]
    [InlineData("/api/for-nobody", "member", HttpStatusCode.Forbidden, "not-allowed")]
    [InlineData("/api/for-nobody", "operator", HttpStatusCode.Forbidden, "not-allowed")]
    [InlineData("/api/for-operators", null, HttpStatusCode.Unauthorized, "not-signed-in")]
    [InlineData("/api/for-operators", "member", HttpStatusCode.Forbidden, "not-allowed")]
    [InlineData("/api/for-operators", "Operator", HttpStatusCode.Forbidden, "not-allowed")]
    [InlineData("/internal/audit/export", "facilitator", HttpStatusCode.Forbidden, "not-allowed")]
    [InlineData("/api/things", null, HttpStatusCode.Unauthorized, "not-signed-in")]
    [InlineData("/api/nowhere", "operator", HttpStatusCode.NotFound, "not-found")]
    public async Task It_is_closed_to(string path, string? role, HttpStatusCode status, string code)
    {
        using var http = role is null ? toys.Service.Anonymous() : toys.Service.As(Guid.CreateVersion7(), role);

        var answer = await http.ReadAsync(path);

        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.MediaType);
    }

    [Theory]
    [InlineData("/api/for-operators", "operator")]
    [InlineData("/api/things", "member")]
    [InlineData("/health/live", null)]
    [InlineData("/health/ready", null)]
    public async Task It_is_open_to(string path, string? role)
    {
        using var http = role is null ? toys.Service.Anonymous() : toys.Service.As(Guid.CreateVersion7(), role);

        Assert.Equal(HttpStatusCode.OK, (await http.ReadAsync(path)).Status);
    }

    [Theory]
    [InlineData("/api/things", "member", 200)]
    [InlineData("/api/things", null, 401)]
    [InlineData("/health/ready", null, 200)]
    [InlineData("/api/nowhere", "operator", 404)]
    public async Task HEAD_answers_what_GET_would_without_a_body(string path, string? role, int status)
    {
        string[] token = role is null ? [] : [$"Authorization: Bearer {toys.Service.Tokens.For(ToyApp.Service, Guid.CreateVersion7(), [role])}"];
        var (answered, rest) = await RawHttp.SendAsync(toys.Service.Address, "HEAD", path, "", token);
        Assert.Equal(status, answered);
        Assert.EndsWith("\r\n\r\n", rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_another_service_opens_nothing()
    {
        using var http = toys.Service.Anonymous();
        http.DefaultRequestHeaders.Add("Authorization", $"Bearer {toys.Service.Tokens.For("beta", Guid.CreateVersion7(), ["operator"])}");

        Assert.Equal(HttpStatusCode.Unauthorized, (await http.ReadAsync("/api/for-operators")).Status);
    }

    [Fact]
    public async Task A_database_that_is_away_is_answered_with_try_again()
    {
        await using var service = await InProcess.StartAsync(
            ToyApp.Service,
            ToyApp.Build,
            $"Host=127.0.0.1;Port={Engines.FreePort()};Username=alpha;Password=none;Database=none;Timeout=5",
            new TestClock()
        );
        using var http = service.As(Guid.CreateVersion7(), "member");

        foreach (var answer in new[] { await http.MakeAsync("toy", null), await http.ReadAsync("/api/things"), await http.ReadAsync("/health/ready") })
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "try-again"), (answer.Status, answer.Code));
            Assert.Equal(TimeSpan.FromSeconds(1), answer.RetryAfter);
            Assert.DoesNotContain("Npgsql", answer.Text, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await http.ReadAsync("/health/live")).Status);
    }
}
