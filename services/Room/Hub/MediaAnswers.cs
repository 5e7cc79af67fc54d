using GroupTherapy.Room.Media;

namespace GroupTherapy.Room.Hub;

/// <param name="Sdp">The answer to the offer.</param>
/// <param name="Participants">The participants who send now.</param>
public sealed record PublishAnswer(string Sdp, IReadOnlyList<SendingParticipant> Participants) : AnswerWithCallback;

/// <param name="Sdp">An offer to be answered; null when nothing has to be negotiated.</param>
/// <param name="Fresh">It is for a new peer connection.</param>
public sealed record SubscribeAnswer(string? Sdp, IReadOnlyList<ReceivedStream> Streams, bool Fresh) : AnswerWithCallback;

public sealed record IceServersAnswer(IReadOnlyList<IceServer> IceServers, DateTimeOffset ExpiresAt) : AnswerWithCallback
{
    public static IceServersAnswer Of(IceServerList list) => new(list.IceServers, list.ExpiresAt);
}
