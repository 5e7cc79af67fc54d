using System.Diagnostics;
using System.Text;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Gateway.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Model;

namespace GroupTherapy.Gateway.Routing;

/// <summary>
/// Connects a client's WebSocket to a room node and splices the two sockets. It serves accepted upgrades over plain TCP on Linux;
/// everything else (refusals, nodes that are down, TLS on the listener) is left to YARP.
/// </summary>
internal sealed class HubForwarder(SpliceLoop loop, InternalTokens tokens, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);
    private static readonly string[] AnswerHeaders = ["Upgrade", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"];

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var node = context.Request.Path == HubRule.Path && context.GetReverseProxyFeature().AvailableDestinations is [{ } chosen, ..] ? chosen : null;
        return node is null ? next(context) : context.RequestServices.GetRequiredService<HubForwarder>().ForwardAsync(context, node, next);
    }

    private async Task ForwardAsync(HttpContext context, DestinationState node, RequestDelegate next)
    {
        if (!await TryForwardAsync(context, new Uri(node.Model.Config.Address)))
        {
            // YARP would wait for an open socket when the gateway stops.
            await using var end = lifetime.ApplicationStopping.Register(context.Abort);
            await next(context);
        }
    }

    /// <returns>True when the connection was served to its end; false when nothing was sent to the client.</returns>
    private async Task<bool> TryForwardAsync(HttpContext context, Uri node)
    {
        if (
            !OperatingSystem.IsLinux()
            || node.Scheme != Uri.UriSchemeHttp
            || context.Features.Get<ITlsHandshakeFeature>() is not null
            || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } client
            || context.Features.Get<IHttpUpgradeFeature>() is not { } upgrade
        )
        {
            return false;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var connection = await OpenAsync(context, node, end.Token);
        if (connection is null)
        {
            return false;
        }

        foreach (var name in AnswerHeaders)
        {
            if (connection.Headers.TryGetValue(name, out var value))
            {
                context.Response.Headers[name] = value;
            }
        }

        await using var http = await upgrade.UpgradeAsync();
        await connection.Splice.RunAsync(http, client, connection.Early, CloseLimit, clock, end.Token);
        return true;
    }

    private async Task<HubConnection?> OpenAsync(HttpContext context, Uri node, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(HandshakeLimit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            return await HubConnection.OpenAsync(loop, node, Request(context, node), both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private byte[] Request(HttpContext context, Uri node)
    {
        var text = new StringBuilder(1024)
            .Append("GET ")
            .Append(context.Request.Path.Value)
            .Append(HeaderTransforms.QueryForService(context.Request).Value)
            .Append(" HTTP/1.1\r\n")
            .Append("Host: ")
            .Append(node.Authority)
            .Append("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n");
        foreach (var (name, value) in HeaderTransforms.HeadersForService(context.Request))
        {
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } trace })
        {
            text.Append("traceparent: ").Append(trace).Append("\r\n");
        }

        text.Append("Authorization: Bearer ").Append(tokens.For(context.User, ["room"])).Append("\r\n\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }
}
