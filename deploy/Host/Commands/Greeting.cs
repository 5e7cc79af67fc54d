using GroupTherapy.Host.Demo;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Commands;

/// <summary>The text that <c>deploy/up</c> prints when everything runs: addresses, accounts, next steps.</summary>
internal static class Greeting
{
    public static void Print(Progress progress, DataFolder folder, RunOptions options, bool detached)
    {
        progress.Print($"\nGroupTherapy is ready: {Layout.PublicOf(options)}");
        if (options.Demo && options.Topology is null)
        {
            progress.Print($"\nDemonstration accounts, all with the password {DemoAccounts.Password}");
            foreach (var (who, accounts) in DemoAccounts.ByRole)
            {
                progress.Print($"  {who,-14}{string.Join("  ", accounts)}");
            }
        }

        if (options.Topology is null)
        {
            progress.Print(options.Smtp is { } smtp ? $"\nMails go to {smtp.Host}:{smtp.Port}, from {smtp.From}" : $"\nMails lie in {folder.Mail}");
        }

        progress.Print($"\nLogs in {folder.Logs}. Stop it with {(detached ? $"deploy/down{DataOption(folder)}" : "Ctrl-C")}\n");
    }

    /// <summary>The option that makes a command work on this folder; empty for the default folder.</summary>
    public static string DataOption(DataFolder folder) => folder.Root == Path.Combine(Checkout.Root, ".run") ? "" : $" --data {folder.Root}";
}
