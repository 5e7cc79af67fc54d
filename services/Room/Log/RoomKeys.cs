using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Room.Log;

/// <summary>A session's key. Destroying its wrapped form is the retention policy.</summary>
public sealed class SessionKey(Guid session, byte[] key)
{
    internal ReadOnlySpan<byte> Bytes => key;

    /// <summary>Encrypts for one place of the session (AES-256-GCM; nonce, tag, text). Moved elsewhere, it does not open.</summary>
    public byte[] Seal(string place, ReadOnlySpan<byte> text) => Boxes.Seal(key, Context(place), text);

    public byte[] Seal(string place, string text) => Seal(place, Encoding.UTF8.GetBytes(text));

    /// <exception cref="CryptographicException">Not sealed by this key for this place.</exception>
    public byte[] Open(string place, byte[] box) => Boxes.Open(key, Context(place), box);

    public string OpenText(string place, byte[] box) => Encoding.UTF8.GetString(Open(place, box));

    /// <summary>Recognises the same text again without keeping it.</summary>
    public byte[] Digest(string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private byte[] Context(string place) => Encoding.UTF8.GetBytes($"{session}/{place}");
}

/// <summary>Keys of sessions, wrapped by a master key that lies in a file of this service alone and never in the database.</summary>
public sealed class RoomKeys(IConfiguration configuration)
{
    private const int KeyBytes = 32;
    private readonly Lazy<byte[]> _master = new(() => Master(configuration["Secrets:Directory"] ?? throw new InvalidOperationException("Secrets:Directory is not set.")));

    /// <summary>A new key for a session, wrapped.</summary>
    public byte[] NewWrapped(Guid session) => Boxes.Seal(_master.Value, session.ToByteArray(), RandomNumberGenerator.GetBytes(KeyBytes));

    public SessionKey? Unwrap(Guid session, byte[]? wrapped) => wrapped is null ? null : new SessionKey(session, Boxes.Open(_master.Value, session.ToByteArray(), wrapped));

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

/// <summary>AES-256-GCM with the nonce and the tag before the text.</summary>
internal static class Boxes
{
    private const int Nonce = 12;
    private const int Tag = 16;

    public static byte[] Seal(byte[] key, byte[] context, ReadOnlySpan<byte> text)
    {
        var box = new byte[Nonce + Tag + text.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, Nonce));
        using var aes = new AesGcm(key, Tag);
        aes.Encrypt(box.AsSpan(0, Nonce), text, box.AsSpan(Nonce + Tag), box.AsSpan(Nonce, Tag), context);
        return box;
    }

    public static byte[] Open(byte[] key, byte[] context, byte[] box)
    {
        if (box.Length < Nonce + Tag)
        {
            throw new CryptographicException("Too short to be sealed.");
        }

        var text = new byte[box.Length - Nonce - Tag];
        using var aes = new AesGcm(key, Tag);
        aes.Decrypt(box.AsSpan(0, Nonce), box.AsSpan(Nonce + Tag), box.AsSpan(Nonce, Tag), text, context);
        return text;
    }
}
