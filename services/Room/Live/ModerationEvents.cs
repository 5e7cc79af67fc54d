using System.Text.Json;

namespace GroupTherapy.Room.Live;

/// <summary>The data of events that staff cause and that nodes read back.</summary>
internal static class ModerationEvents
{
    public sealed record Message(long Seq);

    public sealed record Turn(Guid? ParticipantId);

    public sealed record NewRole(Guid ParticipantId, string Role)
    {
        public static NewRole Of(string data)
        {
            using var json = JsonDocument.Parse(data);
            return new NewRole(json.RootElement.GetProperty("participantId").GetGuid(), json.RootElement.GetProperty("role").GetString()!);
        }
    }

    public static long SeqOf(string data)
    {
        using var json = JsonDocument.Parse(data);
        return json.RootElement.GetProperty("seq").GetInt64();
    }
}
