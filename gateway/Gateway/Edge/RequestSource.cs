using System.Net;
using System.Net.Sockets;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// From where a request came, as the services' audit records keep it. <c>Audit:Source</c>: <c>truncated</c> (the network: /24 of IPv4, /48 of IPv6; the
/// default), <c>full</c> or <c>none</c>.
/// </summary>
internal sealed class RequestSource(IConfiguration configuration)
{
    private readonly string _how = configuration["Audit:Source"] switch
    {
        null or "" => "truncated",
        "truncated" or "full" or "none" => configuration["Audit:Source"]!,
        var other => throw new InvalidOperationException($"Audit:Source is truncated, full or none; it is '{other}'."),
    };

    /// <returns>Null for none.</returns>
    public string? Of(HttpContext? context)
    {
        if (_how == "none" || context?.Connection.RemoteIpAddress is not { } address)
        {
            return null;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (_how == "full")
        {
            return address.ToString();
        }

        var (bytes, kept) = (address.GetAddressBytes(), address.AddressFamily == AddressFamily.InterNetwork ? 3 : 6);
        bytes.AsSpan(kept).Clear();
        return $"{new IPAddress(bytes)}/{kept * 8}";
    }
}
