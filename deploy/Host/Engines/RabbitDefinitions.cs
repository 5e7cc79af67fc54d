using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Host.Engines;

/// <summary>One account at the broker.</summary>
/// <param name="Write">Regular expression over the names of exchanges and queues it may write to.</param>
public sealed record RabbitAccount(string Name, string Password, string Write)
{
    /// <summary>
    /// A service's account. MassTransit declares whatever it binds to and reads its own queues, hence configure and read everywhere;
    /// it writes only to what carries its own name: <c>room.session-opened.v1</c>, <c>room.…_error</c>, its temporary bus endpoint.
    /// </summary>
    public static RabbitAccount Of(string service, string password) => new(service, password, $"^({service}[.].*|{service}_bus_.*)$");

    /// <summary>May do everything. For tests; no deployment has one.</summary>
    public static RabbitAccount All(string name, string password) => new(name, password, ".*");
}

/// <summary>What the broker loads at every boot: accounts and their rights, in the place of its built-in guest.</summary>
internal static class RabbitDefinitions
{
    /// <summary>The definitions as RabbitMQ's JSON. <paramref name="saltOf"/> gives each account's four bytes of salt.</summary>
    public static string Json(IEnumerable<RabbitAccount> accounts, Func<RabbitAccount, byte[]> saltOf)
    {
        var all = accounts.ToList();
        return JsonSerializer.Serialize(new
        {
            users = all.Select(a => new
            {
                name = a.Name,
                password_hash = Hash(a.Password, saltOf(a)),
                hashing_algorithm = "rabbit_password_hashing_sha256",
                tags = "",
            }),
            vhosts = new[] { new { name = "/" } },
            permissions = all.Select(a => new { user = a.Name, vhost = "/", configure = ".*", write = a.Write, read = ".*" }),
        });
    }

    private static string Hash(string password, byte[] salt) =>
        Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
}
