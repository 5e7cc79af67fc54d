using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The secret in a calendar's address: 256 random bits, known to its owner alone.</summary>
internal static class FeedSecret
{
    private const int Bytes = 32;

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>The stored hash of a secret. A fast hash is enough, since 256 bits cannot be guessed.</summary>
    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
