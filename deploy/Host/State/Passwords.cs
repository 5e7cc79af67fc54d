using GroupTherapy.Host.Engines;

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

    private static Passwords Read(DataFolder folder) => new(JsonFile.Read<Dictionary<string, string>>(folder.PasswordsFile) ?? []);
}
