using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Room.Hub;

/// <summary>An answer that reports when its bytes are written: frames written to the connection from then on come after it.</summary>
public abstract record AnswerWithCallback
{
    [JsonIgnore]
    internal Action? Written { get; set; }
}

/// <summary>
/// The JSON protocol, with one addition: events may only follow the answer of <c>Enter</c>, and a connection that is ended may only be closed when its
/// last call was answered; no filter and no hub method runs late enough to know that.
/// A message is rendered under the connection's write lock, so later frames are behind it.
/// </summary>
internal sealed class OrderedAnswersProtocol(IOptions<JsonHubProtocolOptions> options) : IHubProtocol
{
    public const string ProtocolName = "json";

    private readonly JsonHubProtocol _json = new(options);

    public string Name => ProtocolName;

    public int Version => _json.Version;

    public TransferFormat TransferFormat => _json.TransferFormat;

    public bool IsVersionSupported(int version) => _json.IsVersionSupported(version);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
        _json.TryParseMessage(ref input, binder, out message);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _json.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        _json.WriteMessage(message, output);
        if (message is CompletionMessage { Result: AnswerWithCallback answer })
        {
            answer.Written?.Invoke();
        }
    }
}
