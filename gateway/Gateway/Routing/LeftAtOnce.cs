using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace GroupTherapy.Gateway.Routing;

/// <summary>A node that refused a connection or broke it is left at the first failure and tried again soon. When all are out, all are tried: there is nothing to lose.</summary>
internal sealed class LeftAtOnce(IDestinationHealthUpdater health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "left-at-once";
    private static readonly TimeSpan TriedAgainAfter = TimeSpan.FromSeconds(2);

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (context.Features.Get<IForwarderErrorFeature>()?.Error is ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders)
        {
            health.SetPassive(cluster, destination, DestinationHealth.Unhealthy, TriedAgainAfter);
        }
    }
}
