using System.Security.Cryptography;
using System.Text;

namespace GroupTherapy.Identity.Storage;

/// <summary>Secrets that only their holder knows: 256 random bits, stored as a hash.</summary>
internal static class OpaqueToken
{
    public static string New() => Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
