using System.Net;
using System.Net.Sockets;

namespace GroupTherapy.Host.Engines;

/// <summary>Finds free loopback ports.</summary>
public static class FreePorts
{
    // Below the range from which the system takes ports for outgoing connections, so that none of those can take ours in passing.
    private const int First = 20000;
    private const int Last = 32000;

    /// <summary>True when a listener could be bound to this loopback port now.</summary>
    public static bool IsFree(int port)
    {
        // RabbitMQ and Erlang's port mapper look at both families.
        return CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));
    }

    /// <summary>A free port, none of <paramref name="taken"/>. Chosen at random, so that two instances that start together rarely meet.</summary>
    public static int Next(ISet<int> taken)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (!taken.Contains(port) && IsFree(port))
            {
                taken.Add(port);
                return port;
            }
        }

        throw new HostException($"No free loopback port was found between {First} and {Last}.", "See with `ss -ltn` what listens there.");
    }

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressNotAvailable)
        {
            return address.AddressFamily == AddressFamily.InterNetworkV6;
        }
    }
}
