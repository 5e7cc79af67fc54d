using System.Text.Json;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Live;

/// <summary>The data of events that say who is in the room: written by use cases, read back by every node.</summary>
internal static class ParticipantEvents
{
    public sealed record Subject(Guid ParticipantId);

    public sealed record Presence(Guid ParticipantId, string Alias, string Role)
    {
        public static Presence Of(ParticipantRow p) => new(p.ParticipantId, p.Alias ?? "", p.Role);
    }

    public sealed record Named(Guid ParticipantId, string Alias);

    public sealed record Waiting(Guid ParticipantId, string Alias, string Text);

    public sealed record Admitted(Guid ParticipantId, string Alias, IReadOnlyList<Actor> Participants, IReadOnlyDictionary<string, long> Cursors, RoomNow Settings);

    public static Guid SubjectOf(string data)
    {
        using var json = JsonDocument.Parse(data);
        return json.RootElement.GetProperty("participantId").GetGuid();
    }

    public static long RoomCursorOf(string data)
    {
        using var json = JsonDocument.Parse(data);
        return json.RootElement.GetProperty("cursors").GetProperty(Streams.Room).GetInt64();
    }
}
