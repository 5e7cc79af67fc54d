using System.Globalization;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>A stream of a session's log, for those who led it and as long as its key exists. The read itself is audited.</summary>
public static class ListRoomEvents
{
    public sealed record EventBy(Guid ParticipantId, string Alias, string Role);

    /// <summary>The form of an item; see the hub's events.</summary>
    public sealed record Event(string Stream, long Seq, DateTimeOffset At, string Kind, EventBy? By, object? Data);

    public static void MapListRoomEvents(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/sessions/{id}/events",
                async (Guid id, string? stream, long? after, Paging page, Caller caller, Db db, RoomKeys keys, CancellationToken ct) =>
                {
                    var name = stream ?? Streams.Room;
                    if (name is not (Streams.Room or Streams.Staff) && Streams.OwnerOf(name) is null)
                    {
                        return (IResult)Problem.Invalid("stream", "room, staff or private:{participantId}.");
                    }

                    if (after < 0)
                    {
                        return Problem.Invalid("after", "The number of the last event seen.");
                    }

                    await using var work = await db.BeginAsync(caller, ct);
                    if (
                        await SessionReader.ReadAsync(work, caller, id) is not { Leads: true, Session.WrappedKey: { } wrapped } reader
                        || (reader.Observes && name != Streams.Room)
                    )
                    {
                        return Problem.NotFound();
                    }

                    var from =
                        page.After is [var seen] && long.TryParse(seen, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor) ? cursor : after ?? 0;
                    var rows = await RoomLog.ReadAsync(work, id, name, from, page.Limit + 1);
                    // As many as fit, one at least.
                    var (bytes, most) = (rows.Count == 0 ? 0L : RoomLog.SizeOf(rows[0]), 1);
                    while (most < rows.Count && (bytes += RoomLog.SizeOf(rows[most])) <= RoomLog.MostBytes)
                    {
                        most++;
                    }

                    var (items, next) = (page with { Limit = Math.Min(page.Limit, most) }).PageOf(rows, e => [e.Seq.ToString(CultureInfo.InvariantCulture)]);
                    work.Audit("room.log-read", null, id, new { stream = name, after = from });
                    await work.CommitAsync(ct);

                    var key = keys.Unwrap(id, wrapped);
                    return TypedResults.Ok(new Page<WireEvent>([.. items.Select(e => WireEvent.From(e, key).For(staff: true))], next));
                }
            )
            .For(Roles.Facilitator)
            .Produces<Page<Event>>()
            .Describe("listRoomEvents", Tag.LiveSessions, "A stream of a session's log, in order");
}
