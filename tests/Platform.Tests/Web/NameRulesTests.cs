using GroupTherapy.Platform.Problems;
using GroupTherapy.Unicode;
using Xunit;

namespace GroupTherapy.Platform.Tests.Web;

public sealed class NameRulesTests
{
    [Theory]
    [InlineData("Robin", "ROBIN")]
    [InlineData("Robin", "Robin\u200d")]
    [InlineData("Robin", "Ro\u00adbin")]
    [InlineData("Robin", "Rob\u0131n")]
    [InlineData("Robin", "Rob1n")]
    [InlineData("Robin", "RobIn")]
    [InlineData("Robin", "Robln")]
    [InlineData("Robin", "R\u043ebin")]
    [InlineData("Robin", "\uff32\uff4f\uff42\uff49\uff4e")]
    [InlineData("Robin", "\U0001d411\U0001d428\U0001d41b\U0001d422\U0001d427")]
    [InlineData("Ben", "\u0412en")]
    [InlineData("BEN", "\u0412\u0415\u039d")]
    [InlineData("Mary", "MARY")]
    [InlineData("Mary", "rnary")]
    [InlineData("Вова", "вова")]
    [InlineData("José", "Jose\u0301")]
    [InlineData("Straße", "STRASSE")]
    [InlineData("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8")]
    [InlineData("a\u0327\u0301", "a\u0301\u0327")]
    [InlineData("Ana  Ruiz", " Ana\u00a0Ruiz ")]
    [InlineData("Robin", "Robin\u2800")]
    [InlineData("Robin", "\U00013441Robin")]
    [InlineData("Ana Ruiz", "Ana\u2800Ruiz")]
    public void Names_that_look_alike_are_one_name(string one, string other) => Assert.True(NameRules.LookAlike(one, other));

    [Theory]
    [InlineData("Robin", "Robyn")]
    [InlineData("José", "Jose")]
    [InlineData("Ana", "Anna")]
    [InlineData("Sam 2", "Sam 3")]
    [InlineData("Анна", "Инна")]
    [InlineData("李", "季")]
    public void Names_that_look_different_are_two(string one, string other) => Assert.False(NameRules.LookAlike(one, other));

    [Theory]
    [InlineData("\u3164")]
    [InlineData("\u200b\u200d\ufeff")]
    [InlineData("\u2800")]
    [InlineData("\ufffc")]
    [InlineData("\U0001d159")]
    [InlineData("\U00016fe4\u3164")]
    [InlineData("\u115f\uffa0")]
    [InlineData("\u0301")]
    [InlineData("\U000e0020")]
    [InlineData("\u00a0\u3000")]
    [InlineData("\ufe0f")]
    [InlineData("")]
    public void A_name_has_something_to_be_seen(string name)
    {
        Assert.False(NameRules.IsVisible(name));
        Assert.True(new FieldErrors().Name(name, "name", 40).Any);
        Assert.True(new FieldErrors().Text(name, "reason", 40).Any);
    }

    [Theory]
    [InlineData("李")]
    [InlineData("❤️")]
    [InlineData("नमस्ते")]
    [InlineData("J")]
    [InlineData("مهسا‌نام")]
    public void A_name_of_any_script_is_one(string name) => Assert.False(new FieldErrors().Name(name, "name", 40).Any);

    [Fact]
    public void A_name_is_trimmed_of_invisible_characters()
    {
        Assert.Equal("Robin", NameRules.Trim(" \u200bRobin\u200d\u3164 "));
        Assert.Equal("❤️", NameRules.Trim("❤️ "));
        Assert.Equal("", NameRules.Trim("\u3164 "));
        Assert.Equal("Robin", NameRules.Trim("\u2800Robin\U00013441"));
        Assert.False(new FieldErrors().Name(" " + new string('a', 40) + " ", "name", 40).Any);
        Assert.True(new FieldErrors().Name("Ro\u0000bin", "name", 40).Any);
        Assert.True(new FieldErrors().Name("Ro\ud800bin", "name", 40).Any);
        Assert.True(new FieldErrors().Name("Ro\u2028bin", "name", 40).Any);
    }
}
