using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Host.Engines;

/// <summary>One account at the broker.</summary>
/// <param name="Write">Regular expression over the names of exchanges and queues it may write to.</param>
/// <param name="Read">The same for the queues and exchanges it may read, bind from and declare.</param>
public sealed record RabbitAccount(string Name, string Password, string Write, string Read)
{
    // Exchanges of messages: PUBLISHER.name.v1. No queue is named like this.
    private const string Messages = "[a-z]+[.][a-z0-9-]+[.]v[0-9]+";

    // The gateway consumes one message.
    private const string GatewayMessages = "identity[.]session-revoked[.]v[0-9]+";

    /// <summary>
    /// A service's account. It writes to exchanges and queues of its name: <c>room.session-opened.v1</c>, <c>room.…_error</c>, its temporary endpoint.
    /// It reads and declares its own and the exchanges of messages, because MassTransit declares the exchange of each message it consumes and binds to
    /// it; another service's queues it can neither read nor empty nor delete.
    /// </summary>
    public static RabbitAccount Of(string service, string password)
    {
        var own = $"{service}[.].*|{service}_bus_.*";
        return new(service, password, $"^({own})$", $"^({own}|{(service == "gateway" ? GatewayMessages : Messages)})$");
    }

    /// <summary>May do everything. For tests; no deployment has one.</summary>
    public static RabbitAccount All(string name, string password) => new(name, password, ".*", ".*");
}

/// <summary>The definitions that the broker loads at every boot: accounts and their rights, in the place of its built-in guest.</summary>
internal static class RabbitDefinitions
{
    /// <summary>The definitions as RabbitMQ's JSON. <paramref name="saltOf"/> gives each account's four bytes of salt.</summary>
    public static string Json(IEnumerable<RabbitAccount> accounts, Func<RabbitAccount, byte[]> saltOf)
    {
        var all = accounts.ToList();
        return JsonSerializer.Serialize(
            new
            {
                users = all.Select(a => new
                {
                    name = a.Name,
                    password_hash = Hash(a.Password, saltOf(a)),
                    hashing_algorithm = "rabbit_password_hashing_sha256",
                    tags = "",
                }),
                vhosts = new[] { new { name = "/" } },
                permissions = all.Select(a => new
                {
                    user = a.Name,
                    vhost = "/",
                    configure = a.Read,
                    write = a.Write,
                    read = a.Read,
                }),
            }
        );
    }

    private static string Hash(string password, byte[] salt) =>
        Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
}
