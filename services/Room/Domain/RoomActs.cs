using System.Collections.Frozen;

namespace GroupTherapy.Room.Domain;

/// <summary>Everything that a participant can do. One for every hub method but <c>Enter</c>, which is admission by ticket.</summary>
public enum RoomAct
{
    Post,
    Open,
    Admit,
    AdmitAll,
    SendToWaiting,
    Mute,
    Unmute,
    Remove,
    End,
    Leave,
    RaiseHand,
    LowerHand,
    RequestHelp,
    Lock,
    Unlock,
    React,
    Hide,
    SlowMode,
    GiveTurn,
    Crisis,
    Readmit,
    Retract,
    Rename,
    Announce,
    Extend,
    Publish,
    Subscribe,
    Answer,
    Trickle,
    Unpublish,
    IceServers,
    Devices,
}

/// <summary>The closed list of roles for each act. An act without a row is refused.</summary>
public static class RoomActs
{
    private static readonly FrozenSet<string> Staff = FrozenSet.Create(RoomRoles.Lead, RoomRoles.CoFacilitator);
    private static readonly FrozenSet<string> Speakers = FrozenSet.Create(RoomRoles.Lead, RoomRoles.CoFacilitator, RoomRoles.Member);
    private static readonly FrozenSet<string> Everybody = FrozenSet.Create(RoomRoles.Lead, RoomRoles.CoFacilitator, RoomRoles.Observer, RoomRoles.Member);

    public static readonly FrozenDictionary<RoomAct, FrozenSet<string>> Allowed = new Dictionary<RoomAct, FrozenSet<string>>
    {
        [RoomAct.Post] = Speakers,
        [RoomAct.Open] = Staff,
        [RoomAct.Admit] = Staff,
        [RoomAct.AdmitAll] = Staff,
        [RoomAct.SendToWaiting] = Staff,
        [RoomAct.Mute] = Staff,
        [RoomAct.Unmute] = Staff,
        [RoomAct.Remove] = Staff,
        [RoomAct.End] = Staff,
        [RoomAct.Leave] = Everybody,
        [RoomAct.RaiseHand] = Speakers,
        [RoomAct.LowerHand] = Speakers,
        [RoomAct.RequestHelp] = Everybody,
        [RoomAct.Lock] = Staff,
        [RoomAct.Unlock] = Staff,
        [RoomAct.React] = Speakers,
        [RoomAct.Hide] = Staff,
        [RoomAct.SlowMode] = Staff,
        [RoomAct.GiveTurn] = Staff,
        [RoomAct.Crisis] = Staff,
        [RoomAct.Readmit] = Staff,
        [RoomAct.Retract] = Everybody,
        [RoomAct.Rename] = Everybody,
        [RoomAct.Announce] = Staff,
        [RoomAct.Extend] = Staff,
        [RoomAct.Publish] = Speakers,
        [RoomAct.Subscribe] = Everybody,
        [RoomAct.Answer] = Everybody,
        [RoomAct.Trickle] = Everybody,
        [RoomAct.Unpublish] = Speakers,
        [RoomAct.IceServers] = Everybody,
        [RoomAct.Devices] = Speakers,
    }.ToFrozenDictionary();

    /// <summary>Acts of a participant who waits. <c>Post</c> reaches the facilitators alone then.</summary>
    public static bool MayWhileWaiting(RoomAct act) => act is RoomAct.Post or RoomAct.RequestHelp or RoomAct.Retract or RoomAct.Rename or RoomAct.Leave;

    public static bool May(string role, RoomAct act) => Allowed.TryGetValue(act, out var roles) && roles.Contains(role);
}
