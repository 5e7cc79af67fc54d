using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.State;

/// <summary>Generated passwords by purpose, made once per data folder (mode 0600). They reach processes by files alone, never by arguments.</summary>
public sealed class Passwords
{
    private readonly SortedDictionary<string, string> byName;

    private Passwords(IEnumerable<KeyValuePair<string, string>> known) =>
        byName = new SortedDictionary<string, string>(known.ToDictionary(), StringComparer.Ordinal);

    public string this[string name] => byName[name];

    public static async Task<Passwords> EnsureAsync(DataFolder folder, IEnumerable<string> names, CancellationToken ct)
    {
        var passwords = Read(folder);
        var missing = names.Where(name => !passwords.byName.ContainsKey(name)).ToList();
        foreach (var name in missing)
        {
            passwords.byName[name] = Secret.New();
        }

        if (missing.Count > 0)
        {
            await JsonFile.WriteAsync(folder.PasswordsFile, passwords.byName, ct);
        }

        return passwords;
    }

    /// <summary>Makes new ones in the place of these; processes that use them learn of it by <see cref="Signal.Reload"/> or at the next start.</summary>
    public static async Task ReplaceAsync(DataFolder folder, IEnumerable<string> names, CancellationToken ct)
    {
        var passwords = Read(folder);
        foreach (var name in names)
        {
            passwords.byName[name] = Secret.New();
        }

        await JsonFile.WriteAsync(folder.PasswordsFile, passwords.byName, ct);
    }

    /// <summary>Which passwords these are, without telling any.</summary>
    public string Digest() =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', byName.Select(p => $"{p.Key}={p.Value}")))))[..16];

    private static Passwords Read(DataFolder folder) => new(JsonFile.Read<Dictionary<string, string>>(folder.PasswordsFile) ?? []);
}
