using System.Net;
using System.Net.Http.Json;

namespace GroupTherapy.Identity.Tests;

public sealed class SignInTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task A_visitor_registers_signs_in_and_reads_the_own_account()
    {
        var email = await identity.RegisterAsync();
        var signIn = await identity.LoginAsync(email);
        using var client = identity.As(signIn);
        var me = await IdentityInProcess.JsonAsync(await client.GetAsync("/api/identity/me"));
        Assert.Equal($$"""{"id":"{{signIn.Account}}","email":"{{email}}","displayName":"Member","roles":["member"],"practices":[],"secondFactor":false}""", me.ToJsonString());
    }
}
