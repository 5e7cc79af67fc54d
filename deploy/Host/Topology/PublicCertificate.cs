using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Topology;

/// <summary>
/// The gateway's own copies of the certificate and its key: its user may not read where the operator keeps them. Copied again when they are renewed.
/// </summary>
public static class PublicCertificate
{
    public static string FileOf(DataFolder folder) => Path.Combine(folder.SecretsOf(Services.Gateway.Name), "certificate.pem");

    public static string KeyOf(DataFolder folder) => Path.Combine(folder.SecretsOf(Services.Gateway.Name), "key.pem");

    /// <returns>True when something was copied.</returns>
    public static async Task<bool> CopyAsync(DataFolder folder, RunOptions options, CancellationToken ct)
    {
        if (options.Public is not { Certificate: { } certificate, Key: { } key })
        {
            return false;
        }

        var user = folder.UserOf(Services.Gateway.Name);
        // The key first: the gateway looks at both times and reads them together.
        var copied = await CopyAsync(key, KeyOf(folder), user, ct);
        return await CopyAsync(certificate, FileOf(folder), user, ct) || copied;
    }

    private static async Task<bool> CopyAsync(string from, string to, string? user, CancellationToken ct)
    {
        var text = await File.ReadAllTextAsync(from, ct);
        if (File.Exists(to) && await File.ReadAllTextAsync(to, ct) == text)
        {
            return false;
        }

        await SystemUser.WritePrivateAsync(to, text, user, ct);
        return true;
    }
}
