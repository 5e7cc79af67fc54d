using GroupTherapy.Notifications.Domain;
using NodaTime;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Rules of time, without an engine.</summary>
public sealed class RulesTests
{
    private static readonly DateTimeOffset Starts = new(2026, 1, 8, 12, 0, 0, TimeSpan.Zero);

    // New York is five hours behind: the session begins at 07:00 there.
    [Theory]
    [InlineData(null, null, "11:00", "06:00 without quiet hours")]
    [InlineData("22:00", "06:30", "11:30", "quiet until half an hour before: at their end")]
    [InlineData("21:00", "08:00", "01:59", "quiet beyond the beginning: the evening before, a minute before the quiet")]
    [InlineData("06:00", "06:00", "11:00", "a period without length")]
    public void The_last_reminder_respects_a_quiet_night(string? from, string? to, string utc, string why)
    {
        var person = Person(from, to);
        var due = ReminderRules.DueAt(Starts.AddHours(-1), Starts.AddMinutes(-10), person, Starts.AddHours(-24));
        Assert.True(due is { } at && $"{at.UtcDateTime:HH:mm}" == utc, $"{due:u}: {why}");
    }

    [Fact]
    public void A_reminder_that_no_instant_is_left_for_is_not_made()
    {
        // It is night already, and the quiet ends after the session has begun.
        Assert.Null(ReminderRules.DueAt(Starts.AddHours(-1), Starts.AddMinutes(-10), Person("21:00", "08:00"), Starts.AddHours(-3)));
        Assert.Null(ReminderRules.DueAt(Starts.AddHours(-1), Starts.AddMinutes(-10), Person(null, null), Starts.AddMinutes(-5)));
    }

    [Fact]
    public void A_session_that_is_planned_late_is_reminded_of_at_once_or_by_the_last_reminder_alone()
    {
        var ten = ReminderRules.Of(Starts, Person(null, null), Starts.AddHours(-10)).Select(r => (r.Kind.Code, r.DueAt)).ToArray();
        Assert.Equal([("reminder-24h", Starts.AddHours(-10)), ("reminder-1h", Starts.AddHours(-1))], ten);
        var two = ReminderRules.Of(Starts, Person(null, null), Starts.AddHours(-2)).Select(r => r.Kind.Code);
        Assert.Equal(["reminder-1h"], two);
    }

    [Fact]
    public void Switched_off_kinds_are_not_planned() =>
        Assert.Equal(["reminder-1h"], ReminderRules.Of(Starts, Person(null, null, "reminder-24h"), Starts.AddHours(-24)).Select(r => r.Kind.Code));

    [Theory]
    [InlineData("America/New_York", 2026, 3, 8, "02:30", "the hour that is skipped")]
    [InlineData("America/New_York", 2026, 11, 1, "01:30", "the hour that comes twice")]
    [InlineData("Australia/Lord_Howe", 2026, 4, 5, "01:45", "half an hour that comes twice")]
    [InlineData("Asia/Kathmandu", 2026, 5, 5, "23:59", "a zone of quarters")]
    public void Quiet_hours_hold_when_clocks_change(string zone, int year, int month, int day, string from, string why)
    {
        var tz = DateTimeZoneProviders.Tzdb[zone];
        var quiet = new QuietHours(PreferenceRules.TimeOf(from)!.Value, PreferenceRules.TimeOf("06:00")!.Value);
        var night = new LocalDate(year, month, day);
        var period = quiet.Around(tz.AtLeniently(night.PlusDays(from == "23:59" ? 1 : 0) + new LocalTime(5, 0)).ToInstant(), tz);
        Assert.True(period is { } p && p.Start < p.End && p.End.InZone(tz).TimeOfDay == new LocalTime(6, 0), why);
    }

    [Theory]
    [InlineData("24:00")]
    [InlineData("7:00")]
    [InlineData("12:60")]
    [InlineData("noon")]
    [InlineData("12:00\n")]
    [InlineData("١٢:٠٠")]
    public void What_is_no_time_of_day_is_none(string text) => Assert.Null(PreferenceRules.TimeOf(text));

    [Fact]
    public void Attempts_come_later_each_time_and_at_most_a_quarter_of_an_hour_apart()
    {
        var waits = Enumerable.Range(1, 12).Select(n => SendingRules.RetryAfter(n, 0.5).TotalSeconds).ToArray();
        Assert.Equal(waits.Order(), waits);
        Assert.Equal((5, 900), (waits[0], waits[^1]));
        Assert.InRange(SendingRules.RetryAfter(3, 0).TotalSeconds / SendingRules.RetryAfter(3, 1).TotalSeconds, 0.6, 0.7);
    }

    [Theory]
    [InlineData("es", "es")]
    [InlineData("es-MX", "es")]
    [InlineData("ES", "es")]
    [InlineData("fr", "en")]
    [InlineData(null, "en")]
    public void Every_language_tag_comes_to_one_that_there_is(string? tag, string language) => Assert.Equal(language, PreferenceRules.LanguageOf(tag));

    [Theory]
    [InlineData("deny", false, "cannot-join")]
    [InlineData("hold", true, "cannot-join")]
    [InlineData("allow", true, "can-join-again")]
    [InlineData("allow_with_conditions", true, "can-join-again")]
    [InlineData("allow", false, null)]
    [InlineData("an outcome of a later release", false, "cannot-join")]
    public void Good_news_only_corrects_bad_news(string outcome, bool wasToldOtherwise, string? kind) =>
        Assert.Equal(kind, EligibilityRules.NoticeOf(EligibilityRules.LetsIn(outcome), wasToldOtherwise)?.Code);

    [Fact]
    public void A_form_that_comes_back_as_it_was_shown_chooses_nothing()
    {
        var profile = new StoredPreferences("es-US", "America/Denver", null, null, null);
        var shown = new StoredPreferences("es", "America/Denver", null, null, []);
        Assert.Null(PreferenceRules.Chosen(shown, null, profile));
        var chosen = PreferenceRules.Chosen(shown with { Off = ["reminder-1h"] }, null, profile)!;
        Assert.Equal((null, null, "reminder-1h"), (chosen.Language, chosen.TimeZone, Assert.Single(chosen.Off!)));
        Assert.Null(PreferenceRules.Chosen(shown with { Off = ["reminder-1h"] }, chosen, profile));
        Assert.Equal("en", PreferenceRules.Chosen(shown with { Language = "en", Off = ["reminder-1h"] }, chosen, profile)!.Language);
    }

    [Theory]
    [InlineData(72, "4 hours before")]
    [InlineData(4.2, "4 hours before")]
    [InlineData(1, "in ten minutes")]
    public void Members_learn_in_time_that_no_facilitator_may_lead_their_session(double hoursAhead, string when) => Assert.Equal(
        when == "in ten minutes" ? Starts.AddHours(-hoursAhead).AddMinutes(10) : Starts.AddHours(-4),
        UncoveredRules.ToldAt(Starts, Starts.AddHours(-hoursAhead)));

    private static Preferences Person(string? from, string? to, params string[] off) =>
        PreferenceRules.Resolve(new StoredPreferences(null, "America/New_York", from, to, off), null, null);
}
