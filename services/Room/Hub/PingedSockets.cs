using System.Net.WebSockets;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GroupTherapy.Room.Hub;

/// <summary>
/// Pings a facilitator's socket more often than a member's: a facilitator's dead one must be detected within the grace, and most of a quiet evening would
/// be pings of members (decision 0009).
/// </summary>
internal sealed class PingedSockets(IHttpWebSocketFeature sockets, TimeSpan pingAfter, TimeSpan pongWithin) : IHttpWebSocketFeature
{
    public bool IsWebSocketRequest => sockets.IsWebSocketRequest;

    public Task<WebSocket> AcceptAsync(WebSocketAcceptContext context) =>
        sockets.AcceptAsync(
            new WebSocketAcceptContext
            {
                SubProtocol = context.SubProtocol,
                KeepAliveInterval = pingAfter,
                KeepAliveTimeout = pongWithin,
            }
        );

    /// <summary>For the hub's path: says who connects, chooses the pings, and forgets the connection id, which another node may have given.</summary>
    public static void Use(WebApplication app, string path, RoomTimes times) =>
        app.Use(
            (http, next) =>
            {
                if (http.Request.Path == path && http.Features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true } sockets)
                {
                    var handshake = new Handshake(Caller.Of(http), Guid.TryParse(http.Request.Query["session"], out var session) ? session : null);
                    var often = handshake.Caller.Is(Roles.Facilitator);
                    http.Features.Set(handshake);
                    http.Features.Set<IHttpWebSocketFeature>(
                        new PingedSockets(sockets, often ? times.PingAfter : times.MemberPingAfter, often ? times.PongWithin : times.MemberPongWithin)
                    );
                    http.Request.QueryString = QueryString.Create(http.Request.Query.Where(q => q.Key != "id"));
                }

                return next(http);
            }
        );
}
