using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Platform.Tests.Web;

public sealed class TextRulesTests
{
    [Theory]
    [InlineData("Zoë's group, 7 pm", true)]
    [InlineData("漢字 🙂 👩\u200D👩\u200D👧 e\u0301", true)]
    [InlineData("two\nlines", false)]
    [InlineData("a\u0000b", false)]
    [InlineData("\u0085", false)]
    [InlineData("\ufffe", false)]
    [InlineData("\U0001FFFF", false)]
    [InlineData("\ufdd0", false)]
    [InlineData("\ue000", false)]
    [InlineData("\U000F0000", false)]
    [InlineData("\u202Eevil", false)]
    [InlineData("\u2066x\u2069", false)]
    [InlineData("\u200F", false)]
    public void A_text_has_no_character_that_cannot_be_stored_or_that_deceives(string text, bool clean) => Assert.Equal(clean, TextRules.IsClean(text));

    // Attributes cannot hold a lone surrogate, so these are apart.
    [Fact]
    public void A_text_with_half_a_character_is_refused()
    {
        Assert.False(TextRules.IsClean("a\ud800"));
        Assert.False(TextRules.IsClean("\udc00a"));
    }

    [Fact]
    public void Line_feeds_and_tabs_are_allowed_in_longer_texts()
    {
        Assert.True(TextRules.IsClean("one\n\ttwo", manyLines: true));
        Assert.False(TextRules.IsClean("one\r\ntwo\0", manyLines: true));
    }

    [Fact]
    public void A_length_counts_characters_and_not_halves_of_them() => Assert.Equal(150, TextRules.Length(string.Concat(Enumerable.Repeat("\U00020BB7", 150))));
}
