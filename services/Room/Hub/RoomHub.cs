using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Hub;

/// <summary>The room as clients call it. Each method checks the form of its arguments, hands a command to the executor, and answers.</summary>
public sealed partial class RoomHub(
    RoomExecutor executor,
    EnterRoom entering,
    LiveRooms rooms,
    NodeLease lease,
    Db db,
    MediaCalls calls,
    RelayCredentials relay
) : Microsoft.AspNetCore.SignalR.Hub
{
    // A hostile client is audited, not given the audit record to fill.
    private const int AuditedRefusals = 20;
    private const int Slowest = 300;

    public sealed record EnterRequest(string Ticket, IReadOnlyDictionary<string, long?>? Cursors = null);

    public sealed record PostRequest(string Id, PostText Text, string? To = null);

    public sealed record ParticipantRequest(Guid ParticipantId);

    public sealed record OptionalParticipantRequest(Guid? ParticipantId = null);

    public sealed record MuteRequest(Guid ParticipantId, bool? Audio = null, bool? Video = null, bool? Chat = null);

    public sealed record RemoveRequest(Guid ParticipantId, PostText Reason);

    public sealed record EndRequest(PostText Reason);

    public sealed record HelpRequest(PostText? Text = null);

    public sealed record ReactRequest(string Stream, long Seq, PostText Emoji);

    public sealed record HideRequest(string Stream, long Seq, PostText Reason);

    public sealed record SlowModeRequest(int Seconds);

    public sealed record CrisisRequest(Guid ParticipantId, bool Open, PostText? Note = null);

    public sealed record RetractRequest(string Stream, long Seq);

    public sealed record RenameRequest(PostText Alias, Guid? ParticipantId = null);

    public sealed record AnnounceRequest(PostText Text);

    public sealed record ExtendRequest(int Minutes);

    private RoomConnection Me => RoomLifetime.Of(Context);

    public async Task<EnterAnswer> Enter(EnterRequest request) =>
        AnswerOrThrow(await entering.RunAsync(Me, request.Ticket, request.Cursors, Context.ConnectionAborted), Me.EventsMayFollow);

    public async Task<Posted> Post(PostRequest request)
    {
        var (text, to) = (request.Text.Value, request.To ?? MessageRules.Everyone);
        ThrowIfRefused(MessageRules.RefuseId(request.Id) ?? MessageRules.RefuseText(text));
        var answer = await RunAsync(by => new Post(by, request.Id, text!, to));
        return AnswerOrThrow<Posted>(answer.Value is { } at ? new Posted(at.Stream, at.Seq, at.At) : answer.Refusal!);
    }

    public Task<Done> RaiseHand() => ActAsync(by => new RaiseHand(by));

    public Task<Done> LowerHand(OptionalParticipantRequest request) => ActAsync(by => new LowerHand(by, request.ParticipantId));

    public Task<Done> RequestHelp(HelpRequest request)
    {
        ThrowIfRefused(request.Text is { Value: null } ? Refusal.BadRequest("Help is asked for in Unicode text, or without any.") : null);
        var text = string.IsNullOrWhiteSpace(request.Text?.Value) ? null : request.Text?.Value;
        ThrowIfRefused(text is null ? null : MessageRules.RefuseText(text));
        return ActAsync(by => new RequestHelp(by, text));
    }

    public async Task<Done> Leave()
    {
        var entry = Me.Entry;
        var done = await ActAsync(by => new Leave(by));
        rooms.Room(entry!.SessionId)?.Detach(Me, db.Clock.GetUtcNow());
        return done;
    }

    public Task<Done> Open() => ActAsync(by => new Open(by));

    public Task<Done> Admit(ParticipantRequest request) => ActAsync(by => new Admit(by, request.ParticipantId));

    public Task<Done> AdmitAll() => ActAsync(by => new AdmitAll(by));

    public Task<Done> SendToWaiting(ParticipantRequest request) => ActAsync(by => new SendToWaiting(by, request.ParticipantId));

    public Task<Done> Mute(MuteRequest request) => MuteAsync(request, true);

    public Task<Done> Unmute(MuteRequest request) => MuteAsync(request, false);

    public Task<Done> Remove(RemoveRequest request)
    {
        ThrowIfRefused(MessageRules.RefuseReason(request.Reason.Value));
        return ActAsync(by => new Remove(by, request.ParticipantId, request.Reason.Value!));
    }

    public Task<Done> Lock() => ActAsync(by => new LockRoom(by, true));

    public Task<Done> Unlock() => ActAsync(by => new LockRoom(by, false));

    public Task<Done> End(EndRequest request)
    {
        ThrowIfRefused(MessageRules.RefuseReason(request.Reason.Value));
        return ActAsync(by => new End(by, request.Reason.Value!));
    }

    public Task<Done> React(ReactRequest request)
    {
        ThrowIfRefused(ReactionRules.IsEmoji(request.Emoji.Value) ? null : Refusal.BadRequest("A reaction is one emoji."));
        return ActAsync(by => new React(by, Streams.NameOf(request.Stream), request.Seq, request.Emoji.Value!));
    }

    public Task<Done> Hide(HideRequest request)
    {
        ThrowIfRefused(MessageRules.RefuseReason(request.Reason.Value));
        return ActAsync(by => new Hide(by, Streams.NameOf(request.Stream), request.Seq, request.Reason.Value!));
    }

    public Task<Done> SlowMode(SlowModeRequest request)
    {
        ThrowIfRefused(request.Seconds is < 0 or > Slowest ? Refusal.BadRequest("Slow mode is 0 to 300 seconds.") : null);
        return ActAsync(by => new SlowMode(by, request.Seconds));
    }

    public Task<Done> GiveTurn(OptionalParticipantRequest request) => ActAsync(by => new GiveSpeakingTurn(by, request.ParticipantId));

    public Task<Done> Crisis(CrisisRequest request)
    {
        ThrowIfRefused(request.Note is { Value: null } ? Refusal.BadRequest("A note is Unicode text, or there is none.") : null);
        ThrowIfRefused(request.Note is { Value: { } text } ? MessageRules.RefuseText(text) : null);
        return ActAsync(by => new Crisis(by, request.ParticipantId, request.Open, request.Note?.Value));
    }

    public Task<Done> Readmit(ParticipantRequest request) => ActAsync(by => new Readmit(by, request.ParticipantId));

    public Task<Done> Retract(RetractRequest request) => ActAsync(by => new Retract(by, Streams.NameOf(request.Stream), request.Seq));

    public Task<Done> Rename(RenameRequest request)
    {
        var alias = request.Alias.Value?.Trim();
        ThrowIfRefused(alias is null || !AliasRules.IsAlias(alias) ? Refusal.BadRequest("A name has 1 to 40 characters, not only white space.") : null);
        return ActAsync(by => new Rename(by, alias!, request.ParticipantId));
    }

    public Task<Done> Announce(AnnounceRequest request)
    {
        ThrowIfRefused(MessageRules.RefuseText(request.Text.Value));
        return ActAsync(by => new Announce(by, request.Text.Value!));
    }

    public Task<Done> Extend(ExtendRequest request)
    {
        ThrowIfRefused(ExtensionRules.RefuseMinutes(request.Minutes));
        return ActAsync(by => new Extend(by, request.Minutes));
    }

    /// <summary>The connection is gone. When the database is away too, the sweep finds the row that was left behind.</summary>
    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        var me = Me;
        rooms.Closed(me);
        if (me.Entry is { } entry)
        {
            if (me.EndedForGood)
            {
                calls.Ended(me);
            }

            DateTimeOffset? seen = me.IsStaff ? me.LastSeen.ToMicroseconds() : null;
            rooms.Room(entry.SessionId)?.Detach(me, db.Clock.GetUtcNow());
            if (!lease.IsOver)
            {
                await executor.RunAsync(new ConnectionsLost(entry.SessionId, [me.ConnectionId], false, seen) { Term = entry.Term }, CancellationToken.None);
            }
        }
    }

    private static void ThrowIfRefused(Refusal? refusal)
    {
        if (refusal is { } no)
        {
            throw new HubException($"{no.Code}: {no.Sentence}");
        }
    }

    private Task<Done> MuteAsync(MuteRequest request, bool blocks) =>
        ActAsync(by => new Mute(by, request.ParticipantId, MutedParts.Of(request.Audio, request.Video, request.Chat), blocks));

    private async Task<Done> ActAsync(Func<Sender, RoomCommand<NoResult>> command)
    {
        var answer = await RunAsync(command);
        return AnswerOrThrow<Done>(answer.Refusal is { } refusal ? refusal : new Done());
    }

    private async Task<Answer<TResult>> RunAsync<TResult>(Func<Sender, RoomCommand<TResult>> command)
    {
        var me = Me;
        if (me.Entry is not { } entry)
        {
            return Refusal.NotAdmitted;
        }

        var sender = new Sender(
            entry.SessionId,
            me.ConnectionId,
            entry.ParticipantId,
            me.Caller.AccountId,
            me.Caller.SignInId,
            me.Caller.SignInEndsAt,
            me.AuditedRefusals < AuditedRefusals
        );
        var answer = await executor.RunAsync(command(sender) with { Who = me.Caller.Who, Term = entry.Term });
        if (answer.Refusal == Refusal.NotAllowed)
        {
            me.AuditedRefusals++;
        }

        return answer;
    }

    private T AnswerOrThrow<T>(Answer<T> answer, Action? written = null)
        where T : AnswerWithCallback
    {
        ThrowIfRefused(answer.Refusal);
        answer.Value!.Written = Me.CallAnswered + written;
        return answer.Value;
    }
}
