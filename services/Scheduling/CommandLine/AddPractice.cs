using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;
using GroupTherapy.Unicode;

namespace GroupTherapy.Scheduling.CommandLine;

/// <summary>Command <c>add-practice ID NAME</c>: a practice with the values that every practice starts with. A repeat is refused.</summary>
internal static class AddPractice
{
    /// <summary>Belongs to those who keep the law.</summary>
    private const string Reserved = "platform";

    public static async Task<int> RunAsync(WebApplication app, string[] args)
    {
        if (args is not [var id, var name] || !GroupRules.IsPractice(id) || id.Length < 2 || id == Reserved || new FieldErrors().Name(name, "name", 120).Any)
        {
            await Console.Error.WriteLineAsync(
                "Usage: add-practice ID NAME   (ID: 2 to 40 of a-z, 0-9 and -, a letter first, not 'platform'; NAME: at most 120 characters)"
            );
            return 1;
        }

        await using var work = await app.Services.GetRequiredService<Db>().BeginAsync(Caller.System("add-practice"));
        if (!await PracticeStore.AddAsync(work, id, NameRules.Trim(name)))
        {
            await Console.Error.WriteLineAsync($"There is a practice '{id}' already.");
            return 1;
        }

        await work.CommitAsync();
        Console.WriteLine($"The practice '{id}' is there. Next: deploy/invite-operator EMAIL {id}");
        return 0;
    }
}
