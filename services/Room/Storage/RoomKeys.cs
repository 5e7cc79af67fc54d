using System.Security.Cryptography;
using GroupTherapy.Room.Domain;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Room.Storage;

/// <summary>Keys of sessions, wrapped by a master key that lies in a file of this service alone and never in the database.</summary>
public sealed class RoomKeys(IConfiguration configuration)
{
    private const int KeyBytes = 32;
    private readonly Lazy<byte[]> _master = new(() => Master(configuration["Secrets:Directory"] ?? throw new InvalidOperationException("Secrets:Directory is not set.")));

    /// <summary>A new key for a session, wrapped.</summary>
    public byte[] NewWrapped(Guid session) => SealedBox.Seal(_master.Value, session.ToByteArray(), RandomNumberGenerator.GetBytes(KeyBytes));

    public SessionKey? Unwrap(Guid session, byte[]? wrapped) => wrapped is null ? null : new SessionKey(session, SealedBox.Open(_master.Value, session.ToByteArray(), wrapped));

    private static byte[] Master(string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "room-master.key");
        if (!File.Exists(file))
        {
            // Two nodes may start together: each writes its own draft whole, one is renamed first, and both read that one.
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

        var master = File.ReadAllBytes(file);
        return master.Length == KeyBytes ? master : throw new InvalidOperationException("The master key's file is damaged; restore it from its backup.");
    }
}
