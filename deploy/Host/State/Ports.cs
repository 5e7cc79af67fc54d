using GroupTherapy.Host.Engines;

namespace GroupTherapy.Host.State;

/// <summary>Loopback ports by purpose, remembered in the data folder, so that a second start finds everything where it was.</summary>
public sealed class Ports
{
    private readonly SortedDictionary<string, int> byName;

    private Ports(IEnumerable<KeyValuePair<string, int>> known) => byName = new SortedDictionary<string, int>(known.ToDictionary(), StringComparer.Ordinal);

    public static Ports Read(DataFolder folder) => new(JsonFile.Read<Dictionary<string, int>>(folder.PortsFile) ?? []);

    /// <summary>The port remembered under this name; 0 when there is none yet.</summary>
    public int this[string name] => byName.GetValueOrDefault(name);

    /// <summary>Remembers a port that was chosen for this purpose.</summary>
    public async Task KeepAsync(DataFolder folder, string name, int port, CancellationToken ct)
    {
        byName[name] = port;
        await JsonFile.WriteAsync(folder.PortsFile, byName, ct);
    }

    /// <summary>Sees to it that each of these has a port: the remembered one if it is free or in use by ours, otherwise another.</summary>
    /// <param name="names">Purposes, each with whether our own process of that purpose runs now.</param>
    /// <param name="avoid">Ports that none of them may take.</param>
    public async Task EnsureAsync(DataFolder folder, IEnumerable<(string Name, bool InUseByOurs)> names, IReadOnlyCollection<int> avoid, CancellationToken ct)
    {
        var taken = byName.Values.Concat(avoid).ToHashSet();
        foreach (var (name, ours) in names)
        {
            if (!byName.TryGetValue(name, out var port) || (!ours && (avoid.Contains(port) || !FreePorts.IsFree(port))))
            {
                byName[name] = FreePorts.Next(taken);
            }
        }

        await JsonFile.WriteAsync(folder.PortsFile, byName, ct);
    }
}
