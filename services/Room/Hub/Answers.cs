using System.Text.Json;
using System.Text.Json.Serialization;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Hub;

/// <summary>Where a message is in the log. Answered only when it is durable.</summary>
public sealed record Posted(string Stream, long Seq, DateTimeOffset At) : AnswerWithCallback;

/// <summary>The answer of an act that answers nothing: null on the wire.</summary>
[JsonConverter(typeof(AsNull))]
public sealed record Done : AnswerWithCallback
{
    private sealed class AsNull : JsonConverter<Done>
    {
        public override Done Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Done value, JsonSerializerOptions options) => writer.WriteNullValue();
    }
}

/// <summary>The answer to entering: the own participant, the others, and the missed events.</summary>
/// <param name="Cursors">Each stream up to where it has been given; events go on from there.</param>
/// <param name="Reset">Streams whose cursor lay beyond the log's end.</param>
/// <param name="Settings">The settings of the room.</param>
/// <param name="Waiting">For staff: the participants who wait, the longest first; left out for members.</param>
/// <param name="WaitingText">A sentence for a waiting participant; left out for others.</param>
/// <param name="Media">Whether this deployment has video, and the group's camera policy.</param>
public sealed record EnterAnswer(
    Guid ParticipantId,
    string Role,
    string State,
    string Phase,
    string Alias,
    IReadOnlyList<Actor> Participants,
    IReadOnlyList<WireEvent> Events,
    IReadOnlyDictionary<string, long> Cursors,
    IReadOnlyList<string> Reset,
    RoomNow Settings,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<WaitingPerson>? Waiting,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? WaitingText,
    EnterAnswer.MediaNow Media
) : AnswerWithCallback
{
    /// <param name="On">There is video; otherwise chat alone.</param>
    /// <param name="Camera"><c>optional</c>, <c>expected</c> or <c>off</c>.</param>
    public sealed record MediaNow(bool On, string Camera);
}
