using System.Security.Cryptography;
using System.Text;

namespace GroupTherapy.Identity.Storage;

/// <summary>
/// Seals what a copy of the database must not give away (private keys, tokens of mails, keys of authenticators) with a key in a file of mode 0600.
/// AES-256-GCM; nonce, tag and ciphertext in one value; the secret's owner is authenticated too, so that sealed values cannot be swapped.
/// </summary>
internal sealed class SecretVault(IConfiguration configuration)
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private readonly Lazy<byte[]> _key = new(() =>
        ReadOrMake(configuration["Secrets:Directory"] ?? throw new InvalidOperationException("Secrets:Directory is not set."))
    );

    /// <param name="of">The owner of the secret: a key's id, <c>mail:ID</c>, <c>totp:ID</c>.</param>
    public byte[] Seal(string of, byte[] plain)
    {
        var result = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(result.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(_key.Value, TagBytes);
        aes.Encrypt(result.AsSpan(0, NonceBytes), plain, result.AsSpan(NonceBytes + TagBytes), result.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(of));
        return result;
    }

    /// <returns>Null when it was sealed with another key: the file was lost, or the database came from elsewhere.</returns>
    public byte[]? Open(string of, byte[] value)
    {
        if (value.Length <= NonceBytes + TagBytes)
        {
            return null;
        }

        var plain = new byte[value.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key.Value, TagBytes);
        try
        {
            aes.Decrypt(
                value.AsSpan(0, NonceBytes),
                value.AsSpan(NonceBytes + TagBytes),
                value.AsSpan(NonceBytes, TagBytes),
                plain,
                Encoding.UTF8.GetBytes(of)
            );
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>A keyed hash (HMAC-SHA-256): a value with few possibilities cannot be guessed from the database alone.</summary>
    public byte[] Fingerprint(string text) => HMACSHA256.HashData(_key.Value, Encoding.UTF8.GetBytes(text));

    private static byte[] ReadOrMake(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The key file is protected by its mode, which Windows does not have.");
        }

        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var file = Path.Combine(directory, "signing-keys.key");
        if (!File.Exists(file))
        {
            // Written whole under another name first: a second instance never reads half a key, and the first to move wins.
            var draft = $"{file}.{Environment.ProcessId}";
            using (
                var stream = new FileStream(
                    draft,
                    new FileStreamOptions
                    {
                        Mode = FileMode.Create,
                        Access = FileAccess.Write,
                        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                    }
                )
            )
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

        var key = File.ReadAllBytes(file);
        return key.Length == KeyBytes ? key : throw new InvalidOperationException($"{file} is damaged: it must hold {KeyBytes} bytes.");
    }
}
