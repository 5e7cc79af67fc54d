using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GroupTherapy.Edge.Tests;

/// <summary>A certificate for one name, as PEM files in a folder. A browser is told to take its key for good, and no other.</summary>
public sealed class TestCertificate
{
    public TestCertificate(string folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        (File, Key) = (Path.Combine(folder, "certificate.pem"), Path.Combine(folder, "key.pem"));
        System.IO.File.WriteAllText(File, certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
        System.IO.File.SetUnixFileMode(Key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Raw = certificate.RawData;
        KeyHash = Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    public string File { get; }

    public string Key { get; }

    public byte[] Raw { get; }

    /// <summary>SHA-256 of the key's SubjectPublicKeyInfo, as Chromium wants it.</summary>
    public string KeyHash { get; }
}
