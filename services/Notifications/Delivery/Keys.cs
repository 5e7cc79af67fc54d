using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>
/// Keys outside the database: one signs the tokens of unsubscribe links, so that none is stored and a mail that is sent again has the same one; one makes
/// hashes of addresses that cannot be guessed back. A lost file ends old links and forgets bounces, nothing else.
/// </summary>
public sealed class Keys
{
    private const int MacBytes = 16;
    private readonly byte[] _key;

    public Keys(IConfiguration configuration)
    {
        if (configuration["Secrets:Directory"] is not { Length: > 0 } folder)
        {
            _key = RandomNumberGenerator.GetBytes(32);
            return;
        }

        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "notifications.key");
        if (!File.Exists(file))
        {
            // Two processes may start at once: the one whose file stands wins, and both read it.
            var own = $"{file}.{Environment.ProcessId}";
            File.WriteAllBytes(own, RandomNumberGenerator.GetBytes(32));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(own, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            try
            {
                File.Move(own, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(own);
            }
        }

        _key = File.ReadAllBytes(file);
    }

    public string TokenOf(Guid mail) => Base64UrlEncoder.Encode([.. mail.ToByteArray(), .. Mac("unsubscribe"u8, mail.ToByteArray())]);

    /// <returns>The mail that a token came with; null for a token that is not ours.</returns>
    public Guid? MailOf(string token)
    {
        if (token.Length != 43)
        {
            return null;
        }

        try
        {
            var bytes = Base64UrlEncoder.DecodeBytes(token);
            return bytes.Length == 16 + MacBytes && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(16), Mac("unsubscribe"u8, bytes[..16]))
                ? new Guid(bytes.AsSpan(0, 16))
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public byte[] HashOf(string address) => Mac("address"u8, System.Text.Encoding.UTF8.GetBytes(address.ToLowerInvariant()));

    private byte[] Mac(ReadOnlySpan<byte> purpose, byte[] data)
    {
        byte[] text = [.. purpose, 0, .. data];
        return HMACSHA256.HashData(_key, text)[..MacBytes];
    }
}
