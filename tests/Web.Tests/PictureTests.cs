namespace GroupTherapy.Web.Tests;

/// <summary>The main pages in both sizes, themes and languages, for people to judge; axe and the width look at each.</summary>
[Collection(nameof(Browsing))]
public sealed class PictureTests(Browsing browsing)
{
    private static readonly (string Who, string[] Paths)[] Pages =
    [
        ("", ["/sign-in", "/groups", "/register", "/groups/{group}"]),
        ("maya@demo.test", ["/", "/me", "/profile", "/me/move", "/me/data", "/me/mails", "/me/calendar", "/account/security", "/book/{lead}"]),
        (
            "ana@demo.test",
            [
                "/",
                "/lead/groups/{group}",
                "/lead/groups",
                "/lead/credentials",
                "/lead/hours",
                "/lead/groups/{group}/program",
                "/lead/groups/{group}/sessions/{session}",
            ]
        ),
        (
            "operator@demo.test",
            [
                "/operate",
                "/operate/groups/{group}",
                "/operate/groups/{group}/sessions/{session}",
                "/operate/coverage",
                "/operate/groups",
                "/operate/decisions",
                "/operate/groups/new",
                "/operate/calendar",
                "/operate/people",
                "/operate/programs",
                "/operate/rules",
                "/operate/members",
                "/operate/rules/1",
                "/operate/audit",
                "/operate/mails",
                "/operate/system",
                "/operate/practice",
            ]
        ),
    ];

    [Theory]
    [InlineData(true, ColorScheme.Dark, "es-US", 20)]
    [InlineData(false, ColorScheme.Light, "en-US", 20)]
    [InlineData(true, ColorScheme.Light, "en-US", 4)]
    [InlineData(false, ColorScheme.Dark, "es-US", 4)]
    public async Task Every_page_fits_reads_well_and_keeps_to_its_own_origin(bool phone, ColorScheme scheme, string locale, int most)
    {
        var (group, session, lead) = await AnasAsync();
        await Task.WhenAll(
            Pages.Select(async pages =>
            {
                await using var visitor = await browsing.OpenAsync(phone ? Size.Phone : Size.Laptop, scheme, locale);
                if (pages.Who.Length > 0)
                {
                    await visitor.SignInDirectlyAsync(pages.Who);
                }

                foreach (var path in pages.Paths.Take(most))
                {
                    await visitor.Page.GotoAsync(path.Replace("{group}", group).Replace("{session}", session).Replace("{lead}", lead));
                    await visitor.IsStillAsync();
                    var place = path.Replace('/', '-').Replace("{", "").Replace("}", "");
                    var name = $"{pages.Who.Split('@')[0]}{place}-{(scheme == ColorScheme.Dark ? "dark" : "light")}-{locale[..2]}";
                    await visitor.LookAsync($"page-{name.TrimStart('-')}");
                }

                visitor.AssertClean();
            })
        );
    }

    /// <summary>A demonstration group with a facilitator of its own, and its next session.</summary>
    private async Task<(string Group, string Session, string Lead)> AnasAsync()
    {
        var ana = await Person.SignInAsync(browsing.Deployment, "ana@demo.test");
        var next = (await ana.GetAsync("/api/me/sessions"))["items"]!
            .AsArray()
            .First(s => (string)s!["role"]! == "lead" && (string)s["status"]! == "scheduled")!;
        return ((string)next["groupId"]!, (string)next["id"]!, ana.Id.ToString());
    }
}
