namespace GroupTherapy.Room.Domain;

/// <summary>The sender of a command, as known at this moment.</summary>
/// <param name="Connected">The connection is known to the database, and nothing ends it.</param>
/// <param name="Closing">Their person lost the right to be here; they are being told, and may call for help until the connection closes.</param>
/// <param name="SignInCounts">The sign-in behind the connection is neither over nor revoked.</param>
/// <param name="RoleCounts">Staff: still of this session's staff and a facilitator. Members: still a member.</param>
/// <param name="PermitCounts">Members: the permit allows them to be here from where they are.</param>
public sealed record AccessFacts(
    string Role,
    string Admission,
    string Phase,
    bool Connected,
    bool Closing,
    bool SignInCounts,
    bool RoleCounts,
    bool PermitCounts
);

/// <summary>The rules of who may act in a room. Pure.</summary>
public static class AccessRules
{
    /// <returns>Null when the act may go on.</returns>
    public static Refusal? Refuse(AccessFacts s, RoomAct act) =>
        s switch
        {
            { Admission: Admissions.Removed } => Refusal.Removed,
            { Connected: false } => Refusal.NotAdmitted,
            { SignInCounts: false } or { RoleCounts: false } => Refusal.NotAllowed,
            { Phase: Phases.Ended } => Refusal.NotOpen,
            { Closing: true } => act is RoomAct.RequestHelp or RoomAct.Leave ? null : Refusal.NotAllowed,
            { PermitCounts: false } => Refusal.NotAllowed,
            _ when !RoomActs.May(s.Role, act) => Refusal.NotAllowed,
            { Admission: Admissions.Waiting } when RoomActs.MayWhileWaiting(act) => null,
            { Admission: not Admissions.In } when act != RoomAct.Leave => Refusal.NotAdmitted,
            _ => null,
        };
}
