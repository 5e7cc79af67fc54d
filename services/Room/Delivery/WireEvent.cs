using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GroupTherapy.Platform.Json;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Delivery;

/// <summary>An event as clients see it, rendered once however many read it.</summary>
[JsonConverter(typeof(AsWritten))]
public sealed class WireEvent(long seq, string kind, byte[] json)
{
    public long Seq => seq;

    public string Kind => kind;

    /// <summary>The event as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> Json => json;

    /// <summary>The frame that carries this event alone, once a writer has made it.</summary>
    internal SerializedHubMessage? Frame { get; set; }

    /// <summary>Once hidden: the message as members get it from then on, with a frame of its own.</summary>
    public WireEvent? Masked { get; private set; }

    /// <summary>Its author took it back: staff get it without its text too.</summary>
    public bool IsRetracted { get; private set; }

    /// <summary>The event for one reader.</summary>
    public WireEvent For(bool staff) => staff && !IsRetracted ? this : Masked ?? this;

    /// <summary>From here on members are given this message without its text.</summary>
    /// <param name="retracted">Staff too: its author took it back.</param>
    public void Hide(bool retracted = false)
    {
        IsRetracted |= retracted;
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

    /// <summary>Renders an event. One that cannot be opened (its key was destroyed, or the text is damaged) has no data; that it was written stays.</summary>
    /// <param name="unreadable">Told of an event whose text does not open with the session's key.</param>
    public static WireEvent From(StoredEvent e, SessionKey? key, Action<StoredEvent>? unreadable = null)
    {
        var opened = e.Sealed is null || key is null ? null : Open(e, key, unreadable);
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
            else if (opened is not null)
            {
                json.WriteRawValue(opened, skipInputValidation: true);
            }
            else
            {
                json.WriteNullValue();
            }

            json.WriteEndObject();
        }

        var wire = new WireEvent(e.Seq, e.Kind, buffer.WrittenSpan.ToArray());
        if (e.Hidden || e.Retracted)
        {
            wire.Hide(e.Retracted);
        }

        return wire;
    }

    private static byte[]? Open(StoredEvent e, SessionKey key, Action<StoredEvent>? unreadable)
    {
        try
        {
            return key.Open(e.Stream, e.Sealed!);
        }
        catch (CryptographicException)
        {
            unreadable?.Invoke(e);
            return null;
        }
    }

    private sealed class AsWritten : JsonConverter<WireEvent>
    {
        public override WireEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, WireEvent value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
    }
}
