using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace GroupTherapy.Platform.Idempotency;

/// <summary>
/// Seals stored responses, which hold what their caller was told: AES-256-GCM with a key in a file of mode 0600 outside the database
/// (<c>Secrets:Directory</c>), bound to caller and Idempotency-Key. Without that setting the key comes from the database's password.
/// </summary>
public sealed class ResponseSeal(IConfiguration configuration)
{
    private const byte Sealed = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly Lazy<byte[]> _key = new(() => configuration["Secrets:Directory"] is { Length: > 0 } directory ? ReadOrMake(directory)
        : OfPassword(new NpgsqlConnectionStringBuilder(configuration["Database:Connection"])));

    private static byte[] OfPassword(NpgsqlConnectionStringBuilder database) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"stored responses {database.Database} {database.Password}"));

    internal byte[] Seal(byte[] plain, string boundTo)
    {
        var box = new byte[1 + NonceBytes + TagBytes + plain.Length];
        box[0] = Sealed;
        RandomNumberGenerator.Fill(box.AsSpan(1, NonceBytes));
        using var aes = new AesGcm(_key.Value, TagBytes);
        aes.Encrypt(box.AsSpan(1, NonceBytes), plain, box.AsSpan(1 + NonceBytes + TagBytes), box.AsSpan(1 + NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(boundTo));
        return box;
    }

    /// <returns>Null when it does not open: the key was lost or replaced. A response that an earlier release stored is returned as it is.</returns>
    internal byte[]? Open(byte[] box, string boundTo)
    {
        if (box is not [Sealed, ..])
        {
            return box;
        }

        var plain = new byte[box.Length - 1 - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(_key.Value, TagBytes);
            aes.Decrypt(box.AsSpan(1, NonceBytes), box.AsSpan(1 + NonceBytes + TagBytes), box.AsSpan(1 + NonceBytes, TagBytes), plain,
                Encoding.UTF8.GetBytes(boundTo));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    // Written whole under another name first: a second instance never reads half a key, and the first to move wins.
    private static byte[] ReadOrMake(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The key file is protected by its mode, which Windows does not have.");
        }

        var file = Path.Combine(directory, "responses.key");
        if (!File.Exists(file))
        {
            var draft = $"{file}.{Environment.ProcessId}";
            Directory.CreateDirectory(directory);
            using (var stream = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                stream.Write(RandomNumberGenerator.GetBytes(32));
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

        return File.ReadAllBytes(file) is { Length: 32 } key ? key : throw new InvalidOperationException($"{file} is damaged: it must hold 32 bytes.");
    }
}
