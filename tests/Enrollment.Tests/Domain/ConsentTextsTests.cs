using GroupTherapy.Enrollment.Domain;

namespace GroupTherapy.Enrollment.Tests.Domain;

/// <summary>What a member agrees to is what the group asks for, each text once.</summary>
public sealed class ConsentTextsTests
{
    private static readonly GivenConsent Telehealth = new("telehealth", 1);
    private static readonly GivenConsent Rules = new("group-rules", 3);

    [Fact]
    public void Each_text_once_in_one_version_is_right() => Assert.False(ConsentTexts.Faults([Telehealth, Rules, Telehealth]).Any);

    [Fact]
    public void Nulls_unknown_texts_and_two_versions_of_one_are_named_by_their_field()
    {
        Assert.Equal(["consents"], Fields(null));
        Assert.Equal(["consents[1]"], Fields([Telehealth, null]));
        Assert.Equal(["consents[1].document"], Fields([Telehealth, new GivenConsent("telehealth ", 1)]));
        Assert.Equal(["consents[2].version"], Fields([Telehealth, Rules, Telehealth with { Version = 2 }]));
    }

    [Fact]
    public void A_text_that_the_group_does_not_ask_for_is_named_by_its_field()
    {
        ConsentDocument[] needed = [new("telehealth", 1, "Video", "…")];
        Assert.Equal(["consents[1].document"], ConsentTexts.NotAsked(needed, [Telehealth, new GivenConsent("part-2", 1)]).ToProblem().Errors!.Keys);
        // Another version of a text counts as missing.
        Assert.False(ConsentTexts.NotAsked(needed, [Telehealth with { Version = 2 }]).Any);
    }

    private static IEnumerable<string> Fields(IReadOnlyList<GivenConsent?>? given) => ConsentTexts.Faults(given).ToProblem().Errors!.Keys;
}
