using System.Net;
using System.Text;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Identity.Tests;

/// <summary>Where gateways leave a person's copy of everything.</summary>
public sealed class ExportTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    private const string Marker = "zanzibar";

    [Fact]
    public async Task A_copy_is_kept_sealed_for_the_sign_in_that_asked_and_is_gone_when_it_is_over()
    {
        var email = await identity.RegisterAsync();
        var (signIn, other) = (await identity.LoginAsync(email), await identity.LoginAsync(email));
        var stranger = await identity.LoginAsync(await identity.RegisterAsync());
        using var client = identity.As(signIn);
        var (id, collect) = await BeginAsync(client);
        Assert.True(collect);
        Assert.Equal((id, false), await BeginAsync(client));
        var path = $"/internal/me/exports/{id}";
        using var content = new StringContent($"{{\"x\":\"{Marker}\"}}", Encoding.UTF8, "application/json");
        using var kept = await client.PutAsync(path, content);
        Assert.Equal(HttpStatusCode.NoContent, kept.StatusCode);

        using var read = await client.PostAsync(path, null);
        Assert.Equal($"{{\"x\":\"{Marker}\"}}", await read.Content.ReadAsStringAsync());
        foreach (var who in new[] { other, stranger })
        {
            using var foreign = identity.As(who);
            Assert.Equal(HttpStatusCode.NotFound, (await foreign.PostAsync(path, null)).StatusCode);
            using var forged = new StringContent("{}", Encoding.UTF8, "application/json");
            Assert.Equal(HttpStatusCode.NotFound, (await foreign.PutAsync(path, forged)).StatusCode);
        }

        Assert.Equal(
            0,
            await identity.Db.FirstOrDefaultAsync<int>(
                "select count(*)::int from exports where position(@mark in content) > 0",
                new { mark = Encoding.UTF8.GetBytes(Marker) }
            )
        );

        identity.Clock.Advance(TimeSpan.FromMinutes(11));
        using var late = identity.As(signIn);
        Assert.Equal(HttpStatusCode.NotFound, (await late.PostAsync(path, null)).StatusCode);
        await Eventually.Async(
            async () => await identity.Db.FirstOrDefaultAsync<int>("select count(*)::int from exports where id = @id", new { id }) == 0,
            () => "the copy was not deleted"
        );
    }

    [Fact]
    public async Task What_a_gateway_left_unfinished_another_collects_and_a_failure_is_told_once()
    {
        var signIn = await identity.LoginAsync(await identity.RegisterAsync());
        using var first = identity.As(signIn);
        var (id, _) = await BeginAsync(first);
        var path = $"/internal/me/exports/{id}";
        Assert.False(await MayCollectAsync(first, path));
        identity.Clock.Advance(TimeSpan.FromSeconds(31));
        using var second = identity.As(signIn);
        Assert.True(await MayCollectAsync(second, path));

        await second.PostAsync($"{path}/failed", null);
        Assert.Equal(HttpStatusCode.Conflict, (await second.PostAsync(path, null)).StatusCode);
        Assert.True(await MayCollectAsync(second, path));
    }

    private static async Task<(Guid Id, bool Collect)> BeginAsync(HttpClient client)
    {
        using var answer = await client.PostAsync("/internal/me/exports", null);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var body = await IdentityInProcess.JsonAsync(answer);
        return ((Guid)body["id"]!, (bool)body["collect"]!);
    }

    private static async Task<bool> MayCollectAsync(HttpClient client, string path)
    {
        using var answer = await client.PostAsync(path, null);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return (bool)(await IdentityInProcess.JsonAsync(answer))["collect"]!;
    }
}
