namespace GroupTherapy.Web.Tests;

/// <summary>The main pages in both sizes, themes and languages, for people to judge; axe and the width look at each.</summary>
[Collection(nameof(Browsing))]
public sealed class PictureTests(Browsing browsing)
{
    private static readonly (string Who, string[] Paths)[] Pages =
    [
        ("", ["/sign-in", "/groups", "/register"]),
        ("maya@demo.test", ["/", "/me", "/profile", "/me/move", "/me/data", "/me/mails"]),
        ("ana@demo.test", ["/", "/lead/groups", "/lead/credentials", "/lead/hours"]),
        ("operator@demo.test",
            ["/operate", "/operate/groups", "/operate/coverage", "/operate/decisions", "/operate/groups/new", "/operate/calendar", "/operate/people",
                "/operate/programs", "/operate/members", "/operate/rules/1", "/operate/audit", "/operate/mails", "/operate/system", "/operate/practice"]),
    ];

    [Theory]
    [InlineData(true, ColorScheme.Dark, "es-US", 20)]
    [InlineData(false, ColorScheme.Light, "en-US", 20)]
    [InlineData(true, ColorScheme.Light, "en-US", 4)]
    [InlineData(false, ColorScheme.Dark, "es-US", 4)]
    public async Task Every_page_fits_reads_well_and_keeps_to_its_own_origin(bool phone, ColorScheme scheme, string locale, int most)
    {
        await Task.WhenAll(Pages.Select(async pages =>
        {
            await using var visitor = await browsing.OpenAsync(phone ? Size.Phone : Size.Laptop, scheme, locale);
            if (pages.Who.Length > 0)
            {
                await visitor.SignInDirectlyAsync(pages.Who);
            }

            foreach (var path in pages.Paths.Take(most))
            {
                await visitor.Page.GotoAsync(path);
                await visitor.IsStillAsync();
                var name = $"{pages.Who.Split('@')[0]}{path.Replace('/', '-')}-{(scheme == ColorScheme.Dark ? "dark" : "light")}-{locale[..2]}";
                await visitor.LookAsync($"page-{name.TrimStart('-')}");
            }

            visitor.AssertClean();
        }));
    }
}
