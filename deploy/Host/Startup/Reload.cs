using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>
/// Takes over new secrets while everything runs: roles get their passwords, then what has other settings now is started anew, one process after the
/// other. Clients of the rooms come back by themselves; written data is in the databases.
/// </summary>
public sealed class Reload(DataFolder folder, HostState state, Progress progress)
{
    /// <returns>The digest of the passwords that everything runs with now.</returns>
    public async Task<string> RunAsync(ProcessGroup group, CancellationToken ct)
    {
        var passwords = await Passwords.EnsureAsync(folder, Layout.PasswordNames(), ct);
        var layout = new Layout(folder, state.Options, Ports.Read(folder), passwords, state.Release ?? "", state.Web ?? "");
        var plans = layout.All.ToDictionary(p => p.Id);
        var members = group.Members.Where(m => plans.ContainsKey(m.Plan.Id)).OrderBy(m => m.Plan.Stage).ToList();
        var changed = new List<string>();
        foreach (var stage in members.GroupBy(m => m.Plan.Stage))
        {
            foreach (var member in stage)
            {
                if (await member.ReplaceAsync(plans[member.Plan.Id], ct))
                {
                    changed.Add(member.Plan.Id);
                    progress.Say($"{member.Plan.Id} runs with its new settings.");
                }
            }

            if (stage.Key == Layout.EngineStage)
            {
                await Databases.EnsureAsync(layout, passwords, ct);
            }
        }

        progress.Say(changed.Count == 0 ? "Nothing had other settings." : $"Started anew: {string.Join(", ", changed)}.");
        return passwords.Digest();
    }
}
