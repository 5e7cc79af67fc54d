using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Media;

namespace GroupTherapy.Room.Hub;

/// <summary>The hub methods of the media plane: browsers and the media node speak to each other through them alone.</summary>
public sealed partial class RoomHub
{
    private const int MostFeeds = 64;

    public sealed record DescriptionRequest(string Sdp);

    /// <param name="Audio">The microphone is on, for the others to be told. The same for the camera.</param>
    public sealed record PublishRequest(string Sdp, bool Audio = true, bool Video = true);

    /// <param name="Audio">The microphone is on. The same for the camera.</param>
    public sealed record DevicesRequest(bool Audio, bool Video);

    /// <param name="VideoOf">The participants whose pictures are wanted; all when left out.</param>
    /// <param name="LargeOf">The participants whose pictures are wanted large; all when left out. The others come small.</param>
    /// <param name="Most">How large pictures may be at most, as this page's line carries them: <c>full</c> when left out, <c>small</c>, <c>paused</c>.</param>
    /// <param name="Fresh">The page has no peer connection that receives; left out: true for another connection than before.</param>
    public sealed record SubscribeRequest(
        IReadOnlyList<Guid> ParticipantIds,
        IReadOnlyList<Guid>? VideoOf = null,
        IReadOnlyList<Guid>? LargeOf = null,
        bool? Fresh = null,
        string? Most = null
    );

    public sealed record IceCandidate(string? Candidate = null, string? SdpMid = null, int? SdpMLineIndex = null);

    /// <param name="For"><c>publisher</c> or <c>subscriber</c>.</param>
    /// <param name="Candidate">Null for the end of candidates.</param>
    public sealed record TrickleRequest(string For, IceCandidate? Candidate = null);

    public async Task<PublishAnswer> Publish(PublishRequest request)
    {
        var answer = await calls.PublishAsync(
            Asker(RoomAct.Publish),
            request.Sdp,
            new MediaCalls.Devices(request.Audio, request.Video),
            Context.ConnectionAborted
        );
        return AnswerOrThrow<PublishAnswer>(
            answer.Value is { } p ? new PublishAnswer(p.Sdp, [.. p.Participants.Select(SendingParticipant.Of)]) : answer.Refusal!
        );
    }

    public async Task<Done> Devices(DevicesRequest request) =>
        DoneOrThrow(await calls.TellDevicesAsync(Asker(RoomAct.Devices), new MediaCalls.Devices(request.Audio, request.Video), Context.ConnectionAborted));

    public async Task<SubscribeAnswer> Subscribe(SubscribeRequest request)
    {
        ThrowIfRefused(
            request.ParticipantIds.Count > MostFeeds || request.VideoOf?.Count > MostFeeds || request.LargeOf?.Count > MostFeeds
                ? Refusal.BadRequest("That is more than a room has people.")
                : null
        );
        var most = MediaFrames.SizeOf(request.Most ?? "full");
        ThrowIfRefused(most is null ? Refusal.BadRequest("Pictures are full, small or paused.") : null);
        var wished = request
            .ParticipantIds.Distinct()
            .Select(id =>
                (
                    id,
                    request.VideoOf?.Contains(id) == false ? (PictureSize?)null
                    : request.LargeOf?.Contains(id) == false ? PictureSize.Small
                    : PictureSize.Full
                )
            )
            .ToList();
        var answer = await calls.SubscribeAsync(
            Asker(RoomAct.Subscribe, [.. wished.Select(w => w.id)]),
            wished,
            most!.Value,
            request.Fresh,
            Context.ConnectionAborted
        );
        return AnswerOrThrow<SubscribeAnswer>(answer.Value is { } s ? new SubscribeAnswer(s.Offer.Sdp, s.Offer.Streams, s.Fresh) : answer.Refusal!);
    }

    public async Task<Done> Answer(DescriptionRequest request) =>
        DoneOrThrow(await calls.AnswerAsync(Asker(RoomAct.Answer), request.Sdp, Context.ConnectionAborted));

    public async Task<Done> Trickle(TrickleRequest request)
    {
        ThrowIfRefused(request.For is not ("publisher" or "subscriber") ? Refusal.BadRequest("A candidate is for the publisher or the subscriber.") : null);
        var candidate = request.Candidate ?? new IceCandidate();
        return DoneOrThrow(
            await calls.TrickleAsync(
                Asker(RoomAct.Trickle),
                request.For == "publisher",
                candidate.Candidate ?? "",
                candidate.SdpMid,
                candidate.SdpMLineIndex,
                Context.ConnectionAborted
            )
        );
    }

    public async Task<Done> Unpublish() => DoneOrThrow(await calls.UnpublishAsync(Asker(RoomAct.Unpublish), Context.ConnectionAborted));

    public async Task<IceServersAnswer> IceServers()
    {
        var answer = await RunAsync(by => new UseMedia(by, RoomAct.IceServers, []));
        return AnswerOrThrow<IceServersAnswer>(answer.Value is null ? answer.Refusal! : IceServersAnswer.Of(relay.For(Me.Entry!.ParticipantId)));
    }

    private MediaCalls.Asker Asker(RoomAct act, IReadOnlyCollection<Guid>? feeds = null) =>
        new(Me, Me.Entry?.SessionId ?? default, Me.Entry?.ParticipantId ?? default, () => RunAsync(by => new UseMedia(by, act, feeds ?? [])));

    private Done DoneOrThrow(Answer<bool> answer) => AnswerOrThrow<Done>(answer.Refusal is { } refusal ? refusal : new Done());
}
