namespace GroupTherapy.Room.Domain;

/// <summary>The roles of a participant in one session.</summary>
public static class RoomRoles
{
    public const string Lead = "lead";
    public const string CoFacilitator = "co_facilitator";
    public const string Observer = "observer";
    public const string Member = "member";
}

/// <summary>Roles of accounts that Room looks at.</summary>
public static class AccountRoles
{
    public const string Facilitator = "facilitator";
    public const string Operator = "operator";
    public const string Member = "member";
}

/// <summary>How far a participant has come into the room.</summary>
public static class Admissions
{
    public const string None = "none";
    public const string Waiting = "waiting";
    public const string In = "in";
    public const string Removed = "removed";
}

/// <summary>The phases of a session.</summary>
public static class Phases
{
    public const string Scheduled = "scheduled";
    public const string Lobby = "lobby";
    public const string Live = "live";
    public const string Held = "held";
    public const string Ended = "ended";
}

/// <summary>Kinds of deadlines.</summary>
public static class Deadlines
{
    /// <summary>The lobby opens.</summary>
    public const string Lobby = "lobby";

    /// <summary>A session in person begins.</summary>
    public const string Begin = "begin";

    /// <summary>The session ends because its time is over.</summary>
    public const string End = "end";

    /// <summary>Members wait, and no facilitator has come to open the session.</summary>
    public const string Unled = "unled";

    /// <summary>The event that the session ends soon.</summary>
    public const string Ending = "ending";

    /// <summary>A held room ends because no staff came.</summary>
    public const string HeldEnd = "held-end";

    /// <summary>A participant (the subject) without a connection has left.</summary>
    public const string Leave = "leave";

    /// <summary>The permit of a participant (the subject) counts no more.</summary>
    public const string PermitEnd = "permit-end";

    /// <summary>A participant (the subject) reads that their permit ends in so many minutes.</summary>
    public static string PermitWarning(int minutes) => $"permit-warn-{minutes}";

    /// <summary>The session's key is destroyed.</summary>
    public const string Forget = "forget";
}

/// <summary>Why a connection ends, as sent to its client.</summary>
public static class EndReasons
{
    public const string Removed = "removed";
    public const string SessionEnded = "session-ended";
    public const string EligibilityLost = "eligibility-lost";
    public const string SignedOut = "signed-out";
    public const string Replaced = "replaced";

    /// <summary>The room runs on another node; the client comes back there by itself.</summary>
    public const string AnotherNode = "moved";

    /// <summary>Another facilitator leads this session now.</summary>
    public const string HandedOver = "handed-over";

    /// <summary>The session moved before it was opened, and its lobby closed again.</summary>
    public const string SessionMoved = "session-moved";

    /// <summary>Whether the client must not come back by itself.</summary>
    public static bool IsTerminal(string reason) => reason != AnotherNode;
}
