using System.Security.Cryptography;
using System.Text;

namespace GroupTherapy.Room.Domain;

/// <summary>A session's key. Destroying its wrapped form is the retention policy.</summary>
public sealed class SessionKey(Guid session, byte[] key)
{
    /// <summary>Encrypts for one context of the session (AES-256-GCM). In another context it does not open.</summary>
    public byte[] Seal(string context, ReadOnlySpan<byte> text) => SealedBox.Seal(key, Context(context), text);

    public byte[] Seal(string context, string text) => Seal(context, Encoding.UTF8.GetBytes(text));

    /// <exception cref="CryptographicException">Not sealed by this key for this context.</exception>
    public byte[] Open(string context, byte[] box) => SealedBox.Open(key, Context(context), box);

    public string OpenText(string context, byte[] box) => Encoding.UTF8.GetString(Open(context, box));

    /// <summary>Recognises the same text again without keeping it.</summary>
    public byte[] Digest(string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private byte[] Context(string context) => Encoding.UTF8.GetBytes($"{session}/{context}");
}

/// <summary>AES-256-GCM with the nonce and the tag before the text.</summary>
internal static class SealedBox
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
