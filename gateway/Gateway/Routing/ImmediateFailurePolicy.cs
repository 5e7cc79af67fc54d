using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace GroupTherapy.Gateway.Routing;

/// <summary>Marks a node unhealthy at its first failed connection, and retries it after 2 s. When all nodes are unhealthy, YARP tries all of them.</summary>
internal sealed class ImmediateFailurePolicy(IDestinationHealthUpdater health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "immediate-failure";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (context.Features.Get<IForwarderErrorFeature>()?.Error is ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, RetryAfter);
        }
    }
}
