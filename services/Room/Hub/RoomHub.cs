using GroupTherapy.Room.Access;
using GroupTherapy.Room.Chat;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Moderation;
using GroupTherapy.Room.Phasing;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Hub;

/// <summary>The room as clients call it. Each method translates, asks its use case, and answers; what is true stands in the log.</summary>
public sealed class RoomHub(
    EnterRoom entering, LeaveRoom leaving, PostMessage posting, RaiseHand hands, RequestHelp help, OpenRoom opening, AdmitParticipant admitting,
    MuteParticipant muting, RemoveParticipant removing, EndSession ending, LockRoom locking,
    AddReaction reacting, HideMessage hiding, SlowRoom slowing, GiveTurn giving, OpenCrisis crises) : Microsoft.AspNetCore.SignalR.Hub
{
    public sealed record EnterRequest(string Ticket, IReadOnlyDictionary<string, long?>? Cursors = null);

    public sealed record PostRequest(string Id, PostText Text, string? To = null);

    public sealed record WhoRequest(Guid ParticipantId);

    public sealed record MaybeWhoRequest(Guid? ParticipantId = null);

    public sealed record MuteRequest(Guid ParticipantId, bool? Audio = null, bool? Video = null, bool? Chat = null);

    public sealed record RemoveRequest(Guid ParticipantId, PostText Reason);

    public sealed record EndRequest(PostText Reason);

    public sealed record HelpRequest(PostText? Text = null);

    public sealed record ReactRequest(string Stream, long Seq, PostText Emoji);

    public sealed record HideRequest(string Stream, long Seq, PostText Reason);

    public sealed record SlowModeRequest(int Seconds);

    public sealed record CrisisRequest(Guid ParticipantId, bool Open, PostText? Note = null);

    private RoomConnection Me => RoomLifetime.Of(Context);

    private CancellationToken Gone => Context.ConnectionAborted;

    public async Task<EnterAnswer> Enter(EnterRequest request) => Say(await entering.RunAsync(Me, request.Ticket, request.Cursors, Gone), Me.EventsMayFollow);

    public async Task<Posted> Post(PostRequest request) => Say(await posting.RunAsync(Me, request.Id, request.Text.Value, request.To ?? MessageRules.Everyone, Gone));

    public async Task<Done> RaiseHand() => Say(await hands.RaiseAsync(Me, Gone));

    public async Task<Done> LowerHand(MaybeWhoRequest request) => Say(await hands.LowerAsync(Me, request.ParticipantId, Gone));

    public async Task<Done> RequestHelp(HelpRequest request) => Say(
        request.Text is { Value: null } ? Refusal.BadRequest("Help is asked for in Unicode text, or without any.") : await help.RunAsync(Me, request.Text?.Value, Gone));

    public async Task<Done> Leave() => Say(await leaving.RunAsync(Me, Gone));

    public async Task<Done> Open() => Say(await opening.RunAsync(Me, Gone));

    public async Task<Done> Admit(WhoRequest request) => Say(await admitting.AdmitAsync(Me, request.ParticipantId, Gone));

    public async Task<Done> AdmitAll() => Say(await admitting.AdmitAllAsync(Me, Gone));

    public async Task<Done> SendToWaiting(WhoRequest request) => Say(await admitting.SendToWaitingAsync(Me, request.ParticipantId, Gone));

    public async Task<Done> Mute(MuteRequest request) => Say(await muting.MuteAsync(Me, request.ParticipantId, MuteParticipant.What.Of(request.Audio, request.Video, request.Chat), Gone));

    public async Task<Done> Unmute(MuteRequest request) => Say(await muting.UnmuteAsync(Me, request.ParticipantId, MuteParticipant.What.Of(request.Audio, request.Video, request.Chat), Gone));

    public async Task<Done> Remove(RemoveRequest request) => Say(await removing.RunAsync(Me, request.ParticipantId, request.Reason.Value, Gone));

    public async Task<Done> Lock() => Say(await locking.LockAsync(Me, Gone));

    public async Task<Done> Unlock() => Say(await locking.UnlockAsync(Me, Gone));

    public async Task<Done> End(EndRequest request) => Say(await ending.RunAsync(Me, request.Reason.Value, Gone));

    public async Task<Done> React(ReactRequest request) => Say(await reacting.RunAsync(Me, request.Stream, request.Seq, request.Emoji.Value, Gone));

    public async Task<Done> Hide(HideRequest request) => Say(await hiding.RunAsync(Me, request.Stream, request.Seq, request.Reason.Value, Gone));

    public async Task<Done> SlowMode(SlowModeRequest request) => Say(await slowing.RunAsync(Me, request.Seconds, Gone));

    public async Task<Done> GiveTurn(MaybeWhoRequest request) => Say(await giving.RunAsync(Me, request.ParticipantId, Gone));

    public async Task<Done> Crisis(CrisisRequest request) => Say(
        request.Note is { Value: null } ? Refusal.BadRequest("A note is Unicode text, or there is none.") : await crises.RunAsync(Me, request.ParticipantId, request.Open, request.Note?.Value, Gone));

    public override async Task OnDisconnectedAsync(Exception? exception) => await leaving.DisconnectedAsync(Me);

    private T Say<T>(Answer<T> answer, Action? written = null)
        where T : ToldWhenWritten
    {
        if (answer.Refusal is { } no)
        {
            throw new HubException($"{no.Code}: {no.Sentence}");
        }

        answer.Value!.Written = Me.CallAnswered + written;
        return answer.Value;
    }
}
