using System.Diagnostics;
using System.Net;
using GroupTherapy.Identity.Domain;

namespace GroupTherapy.Identity.Tests;

/// <summary>Which passwords are refused, and that a password is the same however a keyboard composes its letters.</summary>
public sealed class PasswordTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Theory]
    [InlineData("password1234567")]
    [InlineData("Passw0rd!Passw0rd!")]
    [InlineData("qwertyuiopasdfghjkl")]
    [InlineData("iloveyouiloveyou1")]
    [InlineData("grouptherapy2026!")]
    [InlineData("maya.martinez1990")]
    [InlineData("aaaaaaaabbbbbbbb")]
    [InlineData("monkey dragon 12345")]
    public void What_a_guesser_tries_first_is_refused(string password) =>
        Assert.NotNull(PasswordRules.Fault(password, "maya.martinez@example.org", "Maya Martinez"));

    [Theory]
    [InlineData("seven green bottles standing")]
    [InlineData("Correct-Horse-9-Battery")]
    [InlineData("eleven quiet herons by the lake")]
    [InlineData("tres gatos miran la lluvia")]
    [InlineData("vT9#kq2LmZ!w7xRp")]
    [InlineData("日本語の長いパスワードを一つ作る")]
    public void A_sentence_of_ones_own_passes(string password) => Assert.Null(PasswordRules.Fault(password, "maya.martinez@example.org", "Maya Martinez"));

    [Fact]
    public void A_long_password_costs_no_more_than_a_short_one_to_look_at()
    {
        _ = PasswordRules.Fault("seven green bottles standing", null, null);
        var began = Stopwatch.GetTimestamp();
        _ = PasswordRules.Fault(string.Concat(Enumerable.Repeat("p4ssw0rd-2026/12/24 ", 6)), "maya@example.org", "Maya");
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_password_is_the_same_composed_and_decomposed()
    {
        var email = IdentityInProcess.NewEmail();
        const string Composed = "una ni\u00f1a so\u00f1\u00f3 con \u00e1rboles";
        const string Decomposed = "una nin\u0303a son\u0303o\u0301 con a\u0301rboles";
        using var registered = await identity.PostAsync("register", new { email, password = Decomposed });
        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        await identity.LoginAsync(email, Composed);
        await identity.LoginAsync(email, Decomposed);
    }

    [Fact]
    public void Length_is_counted_in_normal_form()
    {
        Assert.NotNull(PasswordRules.Fault("o\u0301o\u0301o\u0301o\u0301vier\u00f6sW", null, null));
        Assert.Contains("15", PasswordRules.Fault("a\u0301e\u0301i\u0301o\u0301u\u0301xyzqw", null, null), StringComparison.Ordinal);
    }
}
