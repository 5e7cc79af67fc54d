using System.Globalization;
using System.Text.Json;
using GroupTherapy.Host.Demo;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>The demonstration data agrees with itself and with what is promised of it.</summary>
public sealed class DemonstrationTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Fact]
    public void Grouport_has_all_ten_therapy_topics_and_the_skills_group()
    {
        var grouport = DemoGroup.All().Where(g => g.Practice == "grouport").ToList();

        Assert.Equal(
            [
                "anger-management",
                "anxiety",
                "borderline-personality",
                "chronic-illness",
                "depression",
                "dialectical-behavior-therapy",
                "grief-and-loss",
                "obsessive-compulsive-disorder",
                "relationship-issues",
                "trauma-and-ptsd",
            ],
            grouport.Where(g => g.ServiceClass == "psychotherapy_group").Select(g => g.Topic).Order(StringComparer.Ordinal)
        );
        var skills = Assert.Single(grouport, g => g.ServiceClass == "skills_education");
        Assert.Equal(("dbt-skills", "eli"), (skills.Topic, skills.Lead));
        Assert.Contains(DemoGroup.All(), g => g.Practice == "chicago");
    }

    [Fact]
    public void No_facilitator_leads_two_groups_at_once()
    {
        // An hour each, and a quarter of an hour between two.
        foreach (var evening in DemoGroup.All().GroupBy(g => (g.Lead, g.Day)))
        {
            var starts = evening.Select(g => TimeOnly.Parse(g.LocalTime, CultureInfo.InvariantCulture)).Order().ToList();
            Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromMinutes(75), $"{evening.Key} at {pair}"));
        }
    }

    [Fact]
    public void Every_group_has_a_whole_programme_and_begins_within_a_week_on_its_day()
    {
        Assert.All(
            DemoGroup.All(),
            group =>
            {
                Assert.Equal(Enumerable.Range(1, group.Program.Count), group.Program.Select(w => w.Week));
                Assert.All(
                    group.Program,
                    week =>
                        Assert.True(week is { Title.Length: > 0, Guidance.Length: > 20, Homework.Length: > 10, Skills.Count: > 0 }, $"{group.Name} {week.Week}")
                );
                Assert.InRange(group.Capacity, 6, 12);
                Assert.Contains(DemoPeople.Facilitators, f => f.Key == group.Lead);

                var request = JsonSerializer.SerializeToElement(group.Request(Guid.Empty, Guid.Empty, Today));
                var starts = DateOnly.Parse(request.GetProperty("Schedule").GetProperty("StartsOn").GetString()!, CultureInfo.InvariantCulture);
                Assert.Equal(group.Day, starts.DayOfWeek);
                Assert.InRange(starts.DayNumber - Today.DayNumber, 0, 6);
            }
        );
    }

    [Fact]
    public void Credentials_outlast_a_year_except_Anas_for_New_Jersey()
    {
        foreach (var (facilitator, credential) in DemoPeople.Facilitators.SelectMany(f => f.Credentials.Select(c => (f, c))))
        {
            var expected = facilitator.Key == "ana" && credential.Jurisdiction == "US-NJ";
            Assert.Equal(expected, credential.ValidDays == 60);
            Assert.True(expected || credential.ValidDays > 366);
        }
    }

    [Fact]
    public void Members_are_adults_and_live_where_the_accounts_say()
    {
        Assert.Equal(["maya FL", "nora NY", "joe NJ", "tex TX"], DemoPeople.Members.Select(m => $"{m.Key} {m.Residence.State}"));
        Assert.All(
            DemoPeople.Members,
            member =>
            {
                Assert.True(DateOnly.Parse(member.DateOfBirth, CultureInfo.InvariantCulture).AddYears(18) < Today);
                Assert.Contains(DemoAccounts.ByRole.SelectMany(r => r.Accounts), a => a == $"{member.Email} (US-{member.Residence.State})");
            }
        );
    }
}
