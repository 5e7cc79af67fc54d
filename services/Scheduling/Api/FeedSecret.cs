using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The secret in a calendar's address: 256 random bits, known to its owner alone.</summary>
internal static class FeedSecret
{
    private const int Bytes = 32;

    public static string New() => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>What is kept. A fast hash is enough, since nobody can try 256 bits.</summary>
    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
