using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace GroupTherapy.Load.Rooms;

/// <summary>
/// The obvious chat: a SignalR hub that inserts one row and then sends to the group, in two processes that tell each other through Redis.
/// Everything is at its usual settings.
/// </summary>
internal static class PlainHub
{
    public const string Schema =
        "create table messages (id bigserial primary key, room text not null, by text not null, client_id text not null, body text "
        + "not null, at timestamptz not null)";

    public sealed record Settings(string Urls, string Database, string Redis, bool Store);

    public sealed record By(string ParticipantId, string Alias, string Role);

    public sealed record Data(string Id, string? Text, string To);

    /// <summary>Of the same form and size as the room's own, so that both sides carry the same bytes.</summary>
    public sealed record Event(string Stream, long Seq, DateTimeOffset At, string Kind, By By, Data Data);

    public sealed record EnterRequest(string Room, string Person, long After);

    public sealed record Entered(IReadOnlyDictionary<string, long> Cursors, IReadOnlyList<Event> Events);

    public sealed record Post(string Id, string Text, string To);

    public sealed record Posted(string Stream, long Seq, DateTimeOffset At);

    public static async Task<int> RunAsync(string[] args)
    {
        var settings = JsonSerializer.Deserialize<Settings>(await File.ReadAllTextAsync(Environment.GetEnvironmentVariable("GT_SETTINGS")!))!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(settings.Urls);
        builder.Services.AddSingleton(settings).AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(NpgsqlDataSource.Create(settings.Database));
        builder.Services.AddSingleton(await ConnectionMultiplexer.ConnectAsync(settings.Redis));
        builder.Services.AddSingleton<FanOut>();
        builder.Services.AddSignalR();
        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapHub<Hub>("/hubs/room");
        await app.RunAsync();
        return 0;
    }

    /// <summary>Sends to the group here and, through Redis, there.</summary>
    internal sealed class FanOut
    {
        private readonly Guid _node = Guid.CreateVersion7();
        private readonly IHubContext<Hub> _hub;
        private readonly ISubscriber _redis;
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> _rooms = new();

        public FanOut(IHubContext<Hub> hub, ConnectionMultiplexer redis) => (_hub, _redis) = (hub, redis.GetSubscriber());

        public async Task ListenAsync(string room)
        {
            if (_rooms.TryAdd(room, true))
            {
                await _redis.SubscribeAsync(
                    RedisChannel.Literal($"plain:{room}"),
                    (channel, value) =>
                    {
                        byte[] payload = value!;
                        if (new Guid(payload.AsSpan(0, 16)) != _node)
                        {
                            _ = SendHereAsync(room, JsonSerializer.Deserialize<Event>(payload.AsSpan(16), JsonSerializerOptions.Web)!);
                        }
                    }
                );
            }
        }

        public async Task SendAsync(string room, Event e)
        {
            await SendHereAsync(room, e);
            await _redis.PublishAsync(
                RedisChannel.Literal($"plain:{room}"),
                (byte[])[.. _node.ToByteArray(), .. JsonSerializer.SerializeToUtf8Bytes(e, JsonSerializerOptions.Web)]
            );
        }

        private Task SendHereAsync(string room, Event e) => _hub.Clients.Group(room).SendAsync("events", new[] { e });
    }

    internal sealed class Hub(NpgsqlDataSource database, FanOut fanOut, Settings settings, TimeProvider clock) : Microsoft.AspNetCore.SignalR.Hub
    {
        private static long unstored;

        public async Task<Entered> Enter(EnterRequest request)
        {
            (Context.Items["room"], Context.Items["person"]) = (request.Room, request.Person);
            await fanOut.ListenAsync(request.Room);
            await Groups.AddToGroupAsync(Context.ConnectionId, request.Room);
            var missed = new List<Event>();
            if (request.After > 0)
            {
                await using var command = database.CreateCommand(
                    "select id, at, by, client_id, body from messages where room = $1 and id > $2 order by id limit 1000"
                );
                command.Parameters.Add(new NpgsqlParameter { Value = request.Room });
                command.Parameters.Add(new NpgsqlParameter { Value = request.After });
                await using var reader = await command.ExecuteReaderAsync();
                while (await reader.ReadAsync())
                {
                    missed.Add(
                        Of(reader.GetInt64(0), reader.GetDateTime(1), reader.GetString(2), new Post(reader.GetString(3), reader.GetString(4), "everyone"))
                    );
                }
            }

            return new Entered(new Dictionary<string, long> { ["room"] = missed.Count > 0 ? missed[^1].Seq : request.After }, missed);
        }

        public async Task<Posted> Post(Post post)
        {
            var (room, person, at) = ((string)Context.Items["room"]!, (string)Context.Items["person"]!, clock.GetUtcNow());
            var id = settings.Store ? await InsertAsync(room, person, post, at) : Interlocked.Increment(ref unstored);
            await fanOut.SendAsync(room, Of(id, at, person, post));
            return new Posted("room", id, at);
        }

        private async Task<long> InsertAsync(string room, string person, Post post, DateTimeOffset at)
        {
            await using var command = database.CreateCommand("insert into messages (room, by, client_id, body, at) values ($1, $2, $3, $4, $5) returning id");
            foreach (object value in new object[] { room, person, post.Id, post.Text, at.UtcDateTime })
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            return (long)(await command.ExecuteScalarAsync())!;
        }

        private static Event Of(long id, DateTimeOffset at, string person, Post post) =>
            new("room", id, at, "message.posted", new By(person, "Blue Heron 7", "member"), new Data(post.Id, post.Text, post.To));
    }
}
