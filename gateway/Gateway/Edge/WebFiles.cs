using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.StaticFiles;

namespace GroupTherapy.Gateway.Edge;

/// <summary>The built web client, in memory: <c>index.html</c> as a page with a nonce, everything else as it lies in the folder.</summary>
internal sealed class WebFiles
{
    /// <summary>The placeholder that the build writes for the nonce of a response.</summary>
    public const string NoncePlaceholder = "__CSP_NONCE__";

    private const string Index = "index.html";
    private const string Compressed = ".br";
    private readonly Dictionary<string, WebFile> _files = new(StringComparer.Ordinal);
    private readonly string? _page;

    /// <param name="folder">Null or empty: no web client is served.</param>
    public WebFiles(string? folder)
    {
        if (string.IsNullOrEmpty(folder))
        {
            return;
        }

        _page = File.ReadAllText(Path.Combine(folder, Index));
        var types = new FileExtensionContentTypeProvider();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(p => !p.EndsWith(Compressed, StringComparison.Ordinal)))
        {
            var name = "/" + Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (name == "/" + Index)
            {
                continue;
            }

            var compressed = path + Compressed;
            _files[name] = new WebFile(
                File.ReadAllBytes(path),
                File.Exists(compressed) ? File.ReadAllBytes(compressed) : null,
                types.TryGetContentType(path, out var type) ? type : "application/octet-stream",
                // Names under assets carry the digest of the content: another content has another name.
                Hashed: name.StartsWith("/assets/", StringComparison.Ordinal)
            );
        }
    }

    public bool HasPage => _page is not null;

    public WebFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>The page for one response.</summary>
    public (byte[] Html, string Nonce) Page()
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        return (Encoding.UTF8.GetBytes(_page!.Replace(NoncePlaceholder, nonce, StringComparison.Ordinal)), nonce);
    }
}

/// <param name="Brotli">The same content compressed; null where that is not worth it.</param>
/// <param name="Hashed">True when the name changes with the content, so that a cache may keep it for ever.</param>
internal sealed record WebFile(byte[] Content, byte[]? Brotli, string ContentType, bool Hashed);
