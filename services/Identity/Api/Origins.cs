using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Api;

/// <summary>Reads where a request comes from, and remembers a browser after a sign-in.</summary>
internal static class Origins
{
    /// <summary>Set by the gateway from the connection; it lets no header of this name in.</summary>
    public const string SourceHeader = "GT-Source";

    public const string DeviceCookie = "gt_device";
    private static readonly TimeSpan DeviceKnownFor = TimeSpan.FromDays(365);

    public static Origin Of(HttpContext http, SecretVault vault) =>
        new(
            vault.Fingerprint($"place:{http.Request.Headers[SourceHeader]}"),
            http.Request.Cookies[DeviceCookie] is { Length: > 20 and <= 100 } token ? OpaqueToken.Hash(token) : [],
            DeviceNames.Of(http.Request.Headers.UserAgent)
        );

    /// <summary>In which mails to this person are written.</summary>
    public static string LanguageOf(HttpContext http) =>
        http.Request.Headers.AcceptLanguage.ToString().StartsWith("es", StringComparison.OrdinalIgnoreCase) ? "es" : "en";

    /// <summary>Makes the browser known to the account: its cookie is kept, or a new one is set.</summary>
    public static async Task RememberAsync(UnitOfWork work, HttpContext http, Guid account)
    {
        var token = http.Request.Cookies[DeviceCookie] is { Length: > 20 and <= 100 } own ? own : OpaqueToken.New();
        await work.ExecuteAsync(
            """
            insert into known_devices (account_id, hash, last_used_at) values (@account, @hash, @Now)
            on conflict (account_id, hash) do update set last_used_at = excluded.last_used_at
            """,
            new
            {
                account,
                hash = OpaqueToken.Hash(token),
                work.Now,
            }
        );
        http.Response.Cookies.Append(
            DeviceCookie,
            token,
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Path = "/",
                IsEssential = true,
                MaxAge = DeviceKnownFor,
            }
        );
    }
}
