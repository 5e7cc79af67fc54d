using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace GroupTherapy.Gateway.Routing;

/// <summary>
/// Rendezvous (highest random weight) hashing of the session: all gateways send a session to the same node, and when a node fails only its
/// sessions move. This is an optimisation; no correctness depends on it.
/// </summary>
internal sealed class Rendezvous : ILoadBalancingPolicy
{
    public const string PolicyName = "rendezvous";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        var session = context.Request.Query["session"] is [{ } asked, ..] ? asked : context.Request.RouteValues["id"] as string ?? "";
        return availableDestinations.Count switch
        {
            0 => null,
            1 => availableDestinations[0],
            _ => availableDestinations.MaxBy(d => Weight(session, d.DestinationId)),
        };
    }

    /// <param name="session">In any spelling of its letters.</param>
    /// <param name="node">The same name on every gateway: the node's address.</param>
    internal static ulong Weight(string session, string node)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{session.ToLowerInvariant()}\n{node}"), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
