namespace GroupTherapy.Room.Domain;

/// <summary>Something that changes a room. Decided by <see cref="RoomDecider"/>.</summary>
public abstract record RoomCommand(Guid SessionId)
{
    /// <summary>Makes the ids of the rows that the command creates; the same command makes the same ids.</summary>
    public Guid Seed { get; init; } = Guid.CreateVersion7();

    /// <summary>For the audit record.</summary>
    public string Who { get; init; } = "service:room";

    /// <summary>The term of the node's lease in which this was asked; null for messages of the bus, which carry versions instead.</summary>
    public long? Term { get; init; }

    /// <summary>Whether it may be decided on a state from memory, without what other processes wrote since.</summary>
    public virtual bool MayUseCachedState => false;
}

/// <summary>A command with an answer.</summary>
public abstract record RoomCommand<TResult>(Guid SessionId) : RoomCommand(SessionId);

/// <summary>The result of a command without a result.</summary>
public sealed record NoResult
{
    public static readonly NoResult Value = new();
}

/// <summary>The connection that sends a command, as it was vouched for when it entered.</summary>
/// <param name="AuditsRefusal">Whether it is audited when the command is refused because it is not theirs to give.</param>
public sealed record Sender(
    Guid SessionId,
    string ConnectionId,
    Guid ParticipantId,
    Guid AccountId,
    Guid SignInId,
    DateTimeOffset SignInEndsAt,
    bool AuditsRefusal = true
);

/// <summary>A command of a person in the room.</summary>
public abstract record SentCommand<TResult>(Sender Sender) : RoomCommand<TResult>(Sender.SessionId), ISentCommand
{
    public abstract RoomAct Act { get; }
}

/// <summary>The base of all commands of participants.</summary>
public interface ISentCommand
{
    Guid SessionId { get; }

    Sender Sender { get; }

    RoomAct Act { get; }
}

/// <param name="Id">The sender's own id of the message; makes a repeat after a lost answer harmless.</param>
/// <param name="Text">In the form that <see cref="MessageRules.RefuseText"/> accepts.</param>
public sealed record Post(Sender Sender, string Id, string Text, string To) : SentCommand<PostedAt>(Sender)
{
    public override RoomAct Act => RoomAct.Post;

    public override bool MayUseCachedState => true;
}

/// <summary>Where a message is in the log.</summary>
public sealed record PostedAt(string Stream, long Seq, DateTimeOffset At);

public sealed record RaiseHand(Sender Sender) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.RaiseHand;
}

/// <param name="ParticipantId">The participant whose hand it is; the sender when null.</param>
public sealed record LowerHand(Sender Sender, Guid? ParticipantId) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.LowerHand;
}

public sealed record React(Sender Sender, string Stream, long Seq, string Emoji) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.React;
}

public sealed record RequestHelp(Sender Sender, string? Text) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.RequestHelp;
}

public sealed record Leave(Sender Sender) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Leave;
}

public sealed record Open(Sender Sender) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Open;
}

public sealed record Admit(Sender Sender, Guid ParticipantId) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Admit;
}

public sealed record AdmitAll(Sender Sender) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.AdmitAll;
}

public sealed record SendToWaiting(Sender Sender, Guid ParticipantId) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.SendToWaiting;
}

/// <param name="Reason">1 to 200 characters, kept sealed.</param>
public sealed record End(Sender Sender, string Reason) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.End;
}

/// <param name="Blocks">True for <c>Mute</c>, false for <c>Unmute</c>.</param>
public sealed record Mute(Sender Sender, Guid ParticipantId, MutedParts Parts, bool Blocks) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => Blocks ? RoomAct.Mute : RoomAct.Unmute;
}

/// <summary>The scope of a mute. None named means all three.</summary>
public sealed record MutedParts(bool Audio, bool Video, bool Chat)
{
    public static MutedParts Of(bool? audio, bool? video, bool? chat) =>
        audio is null && video is null && chat is null ? new MutedParts(true, true, true) : new MutedParts(audio == true, video == true, chat == true);

    public bool IsNothing => this is { Audio: false, Video: false, Chat: false };

    /// <summary>The parts that are not blocked, or not free, already.</summary>
    public MutedParts Changing(Participant subject, bool blocks) =>
        new(Audio && subject.AudioMuted != blocks, Video && subject.VideoMuted != blocks, Chat && subject.ChatMuted != blocks);
}

public sealed record Hide(Sender Sender, string Stream, long Seq, string Reason) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Hide;
}

/// <param name="Locks">True for <c>Lock</c>, false for <c>Unlock</c>.</param>
public sealed record LockRoom(Sender Sender, bool Locks) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => Locks ? RoomAct.Lock : RoomAct.Unlock;
}

/// <param name="Seconds">0 to 300; 0 switches it off.</param>
public sealed record SlowMode(Sender Sender, int Seconds) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.SlowMode;
}

/// <param name="ParticipantId">Null takes the speaking turn back.</param>
public sealed record GiveSpeakingTurn(Sender Sender, Guid? ParticipantId) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.GiveTurn;
}

public sealed record Remove(Sender Sender, Guid ParticipantId, string Reason) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Remove;
}

/// <param name="Note">Kept sealed; null for none.</param>
public sealed record Crisis(Sender Sender, Guid ParticipantId, bool Opens, string? Note) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Crisis;
}

/// <summary>Lifts <see cref="Remove"/>.</summary>
public sealed record Readmit(Sender Sender, Guid ParticipantId) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Readmit;
}

/// <summary>Takes the sender's own message back.</summary>
public sealed record Retract(Sender Sender, string Stream, long Seq) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Retract;
}

/// <param name="Alias">In the form that <see cref="AliasRules.IsAlias"/> accepts.</param>
/// <param name="ParticipantId">The participant; the sender when null.</param>
public sealed record Rename(Sender Sender, string Alias, Guid? ParticipantId) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Rename;
}

/// <summary>A message to all waiting participants, each in their private stream.</summary>
public sealed record Announce(Sender Sender, string Text) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Announce;
}

/// <param name="Minutes">1 to 30.</param>
public sealed record Extend(Sender Sender, int Minutes) : SentCommand<NoResult>(Sender)
{
    public override RoomAct Act => RoomAct.Extend;
}
