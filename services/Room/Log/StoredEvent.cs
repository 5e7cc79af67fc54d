using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GroupTherapy.Platform.Json;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Log;

/// <summary>An event as it lies in the log and travels between nodes: what people wrote is sealed.</summary>
/// <param name="Hidden">A message that staff have hidden: members are given it without its text.</param>
public sealed record StoredEvent(
    string Stream, long Seq, DateTimeOffset At, string Kind, Guid? ById, string? ByAlias, string? ByRole, string? Data, byte[]? Sealed, bool Hidden = false);

/// <summary>Who did it, as everybody in the room may know them.</summary>
public sealed record Actor(Guid ParticipantId, string Alias, string Role);

/// <summary>An event as clients see it, rendered once however many read it.</summary>
[JsonConverter(typeof(AsWritten))]
public sealed class WireEvent(long seq, string kind, byte[] json)
{
    public long Seq => seq;

    public string Kind => kind;

    /// <summary>The event as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Json => json;

    /// <summary>The frame that carries this event alone, once somebody has written it.</summary>
    internal SerializedHubMessage? Frame { get; set; }

    /// <summary>Once hidden: the message as members get it from then on, with a frame of its own.</summary>
    public WireEvent? Masked { get; private set; }

    /// <summary>The event for one reader.</summary>
    public WireEvent For(bool staff) => staff ? this : Masked ?? this;

    /// <summary>From here on members are given this message without its text.</summary>
    public void Hide()
    {
        if (Masked is null && kind == Kinds.Posted)
        {
            var masked = JsonNode.Parse(json)!;
            if (masked["data"] is JsonObject data)
            {
                (data["text"], data["hidden"]) = (null, true);
            }

            Masked = new WireEvent(seq, kind, JsonSerializer.SerializeToUtf8Bytes(masked, RoomJson.Options));
        }
    }

    /// <summary>Renders an event whose data is at hand or can be unsealed.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">Sealed under another key.</exception>
    public static WireEvent From(StoredEvent e, SessionKey? key)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("stream", e.Stream);
            json.WriteNumber("seq", e.Seq);
            json.WriteString("at", InstantConverter.Text(e.At));
            json.WriteString("kind", e.Kind);
            json.WritePropertyName("by");
            if (e.ById is { } by)
            {
                json.WriteStartObject();
                json.WriteString("participantId", by);
                json.WriteString("alias", e.ByAlias);
                json.WriteString("role", e.ByRole);
                json.WriteEndObject();
            }
            else
            {
                json.WriteNullValue();
            }

            json.WritePropertyName("data");
            if (e.Sealed is null)
            {
                json.WriteRawValue(e.Data ?? "{}", skipInputValidation: true);
            }
            else if (key is not null)
            {
                json.WriteRawValue(key.Open(e.Stream, e.Sealed), skipInputValidation: true);
            }
            else
            {
                // The session's key was destroyed: what was written is gone, that it was written stays.
                json.WriteNullValue();
            }

            json.WriteEndObject();
        }

        var wire = new WireEvent(e.Seq, e.Kind, buffer.WrittenSpan.ToArray());
        if (e.Hidden)
        {
            wire.Hide();
        }

        return wire;
    }

    private sealed class AsWritten : JsonConverter<WireEvent>
    {
        public override WireEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, WireEvent value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
    }
}
