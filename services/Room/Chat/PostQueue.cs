using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Access;

namespace GroupTherapy.Room.Chat;

/// <summary>Messages of many rooms share a transaction. The same message sent twice follows itself; a room that is held up holds up no other.</summary>
/// <remarks>A batch waits for a room no longer than its connections' lock limit, whatever the patience: who could not write is told to try again.</remarks>
public class PostQueue(RememberedPosts remembered, PostBatch batches) : GroupCommit<Post, Answer<Posted>, Guid, (Guid Session, Guid Participant, string Id)>(most: 200, asideAtOnce: 8)
{
    protected override Guid PlaceOf(Post ask) => ask.Connection.Entry?.SessionId ?? default;

    protected override (Guid Session, Guid Participant, string Id) LineOf(Post ask) =>
        ask.Connection.Entry is { } entry ? (entry.SessionId, entry.ParticipantId, ask.Id) : (default, default, ask.Id);

    // Whoever is asked about a second time is looked up.
    protected override async Task<IReadOnlyList<Answer<Posted>?>> WriteAsync(IReadOnlyList<Post> asks, Patience patience) =>
        (patience == Patience.None ? await remembered.WriteAsync(asks) : null) ?? await batches.WriteAsync(asks);
}
