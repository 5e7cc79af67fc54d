using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Rendering;
using MimeKit;
using NodaTime;

namespace GroupTherapy.Notifications.Tests;

/// <summary>What mails say, and what cannot get into them.</summary>
public sealed class TextsTests
{
    private static readonly MailTexts Texts = new();
    private static readonly DateTimeOffset At = new(2026, 1, 8, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, string> Every
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var kind in MailKinds.All)
            {
                foreach (var language in PreferenceRules.Languages)
                {
                    all.Add(kind.Code, language);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Every_kind_has_a_short_neutral_text_in_every_language_and_both_forms_say_the_same(string kind, string language)
    {
        var text = Render(MailKinds.Find(kind)!, language);
        Assert.InRange(text.Subject.Length, 8, 60);
        Assert.DoesNotContain('{', text.Subject + text.Plain);
        Assert.DoesNotContain("{{", text.Html);
        Assert.Contains($"lang=\"{language}\"", text.Html);
        Assert.InRange(text.Plain.Length, 80, 1200);
        var body = text.Plain.Replace("The practice Grouport", "", StringComparison.Ordinal).Replace("La consulta Grouport", "", StringComparison.Ordinal);
        foreach (var word in new[] { "therap", "terapi", "anxiety", "ansiedad", "depress", "depresi", "trauma", "patient", "paciente", "treatm", "Grouport" })
        {
            Assert.DoesNotContain(word, text.Subject, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(word, body, StringComparison.OrdinalIgnoreCase);
        }

        // The sentences of the plain form, without links and frame, all stand in the other one.
        foreach (var line in text.Plain.Split("--")[0].Split('\n').Where(l => l.Length > 3 && !l.StartsWith("http", StringComparison.Ordinal) && l[^1] != ':'))
        {
            Assert.Contains(line.TrimStart('-', ' '), System.Net.WebUtility.HtmlDecode(text.Html));
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void The_only_addresses_in_a_mail_are_ours_and_the_one_link(string kind, string language)
    {
        var text = Render(MailKinds.Find(kind)!, language);
        var links = text.Html.Split("href=\"").Skip(1).Select(l => l[..l.IndexOf('"', StringComparison.Ordinal)]);
        Assert.All(links, l => Assert.StartsWith("https://groups.test/", l, StringComparison.Ordinal));
        Assert.Single(links, l => l == "https://groups.test/x");
        Assert.DoesNotContain("<img", text.Html);
        Assert.DoesNotContain("<script", text.Html);
    }

    [Theory]
    [InlineData("Evil\r\nBcc: all@people.test\r\n\r\n[Click](https://evil.test/)")]
    [InlineData("<script>alert(1)</script><a href=\"https://evil.test\">x</a>")]
    [InlineData("{{ link }}{% raw %}")]
    [InlineData("\u202Egnp.exe\0\u2028[Click](https://evil.test/)")]
    public void A_hostile_name_is_one_line_of_text_and_nothing_else(string name)
    {
        var mail = Content("en") with { Practice = name };
        var text = Texts.Render(MailKinds.Find("invitation")!, mail);
        Assert.Equal("Your invitation", text.Subject);
        Assert.DoesNotContain("href=\"https://evil", text.Html);
        Assert.DoesNotContain("<script", text.Html);
        Assert.Single(text.Html.Split("<a href=\"https://groups.test/x\"").Skip(1));
        var message = Mime.Of(new Letter(Guid.CreateVersion7(), "maya@people.test", text.Subject, text.Plain, text.Html), Settings, At)!;
        Assert.Null(message.Headers[HeaderId.Bcc]);
        Assert.Equal(["maya@people.test"], message.To.Mailboxes.Select(m => m.Address));
    }

    [Fact]
    public void A_zone_without_letters_is_written_as_an_offset_and_twelve_hours_are_English_alone()
    {
        var person = new Preferences("en", DateTimeZoneProviders.Tzdb["Asia/Kathmandu"], null, new HashSet<string>());
        Assert.Contains("5:45 AM UTC+5:45", Texts.Render(MailKinds.SessionCancelled, Content("en") with { Person = person }).Plain);
        Assert.Contains("5:45 UTC+5:45", Texts.Render(MailKinds.SessionCancelled, Content("es") with { Person = person with { Language = "es" } }).Plain);
    }

    private static MailSettings Settings => new("no-reply@groups.test", "Sessions", null, null);

    private static MailText Render(MailKind kind, string language) => Texts.Render(kind, Content(language));

    private static MailContent Content(string language) =>
        new(
            [
                new MailFacts(
                    Guid.CreateVersion7(),
                    Guid.CreateVersion7(),
                    StartsAt: At,
                    EndsAt: At.AddHours(1),
                    Was: At.AddHours(-3),
                    Until: At.AddDays(2),
                    Days: 7,
                    Count: 2
                ),
            ],
            new Preferences(language, DateTimeZoneProviders.Tzdb["America/New_York"], null, new HashSet<string>()),
            "https://groups.test/x",
            "https://groups.test/account/notifications",
            "https://groups.test/stop",
            "Grouport"
        );
}
