using System.Collections.Immutable;
using System.Security.Cryptography;

namespace GroupTherapy.Room.Storage;

/// <summary>A master key and its id, which wrapped keys carry. The id is a digest, so it cannot be mixed up.</summary>
internal sealed record MasterKey(uint Id, byte[] Key)
{
    public static MasterKey Of(byte[] key) => new(BitConverter.ToUInt32(SHA256.HashData(key)), key);
}

/// <summary>
/// Master keys in files of this service alone (mode 0600): <c>room-master.key</c> first, later ones with the instant of their making in the name.
/// </summary>
internal sealed class MasterKeys(string folder)
{
    private const int KeyBytes = 32;
    private const string First = "room-master.key";
    private ImmutableDictionary<uint, MasterKey> _known = ImmutableDictionary<uint, MasterKey>.Empty;

    /// <summary>The newest master key: new session keys are wrapped by it. Looked up each time, because another process may have made a newer one.</summary>
    public MasterKey Newest
    {
        get
        {
            Directory.CreateDirectory(folder);
            var files = Later();
            if (files.Length > 0)
            {
                return Read(files[^1]);
            }

            var first = Path.Combine(folder, First);
            if (!File.Exists(first))
            {
                Write(first);
            }

            return Read(first);
        }
    }

    /// <exception cref="InvalidOperationException">No file holds a key of this id.</exception>
    public MasterKey Find(uint id)
    {
        if (_known.TryGetValue(id, out var known))
        {
            return known;
        }

        foreach (var file in Later().Append(Path.Combine(folder, First)).Where(File.Exists))
        {
            Read(file);
        }

        return _known.GetValueOrDefault(id) ?? throw new InvalidOperationException("A master key's file is missing; restore it from its backup.");
    }

    /// <summary>Makes a new master key; the older ones stay for the keys they have wrapped.</summary>
    public MasterKey Add(DateTimeOffset now)
    {
        var file = Path.Combine(folder, $"room-master-{now.UtcDateTime:yyyyMMdd'T'HHmmssfff}.key");
        Write(file);
        return Read(file);
    }

    private string[] Later() => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "room-master-*.key").Order(StringComparer.Ordinal)] : [];

    private MasterKey Read(string file)
    {
        var key = File.ReadAllBytes(file);
        var master =
            key.Length == KeyBytes ? MasterKey.Of(key) : throw new InvalidOperationException("A master key's file is damaged; restore it from its backup.");
        ImmutableInterlocked.TryAdd(ref _known, master.Id, master);
        return master;
    }

    // Two nodes may start together: each writes its own draft whole, one is renamed first, and both read that one.
    private static void Write(string file)
    {
        var draft = $"{file}.{Guid.CreateVersion7():n}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(draft, options))
        {
            stream.Write(RandomNumberGenerator.GetBytes(KeyBytes));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
        }
    }
}
