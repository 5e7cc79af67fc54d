namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>What the rules answer somebody by where they live: in Florida, in Texas, at a postal state or nowhere on record.</summary>
internal enum Law
{
    Yes,
    No,
    Unclear,
}

/// <summary>What a request is answered with.</summary>
/// <param name="What">The status of the stay, or the code of the refusal.</param>
/// <param name="Detail">A deadline or the position in the line.</param>
/// <param name="IsKept">It is on record, so that the same key answers it again.</param>
internal sealed record Said(int Status, string What, string Detail = "", bool IsKept = false);

/// <param name="IntakeFirst">It takes nobody without an intake on record.</param>
internal sealed record ModelGroup(int Capacity, int Taken, bool Closed, long Version, bool IntakeFirst);

/// <param name="Answer">The latest that the rules answered about it.</param>
/// <param name="IsDue">The rules will be asked about it again.</param>
internal sealed record ModelStay(
    int Person,
    int Group,
    string Status,
    Law Answer,
    DateTimeOffset ChangedAt,
    int Version = 1,
    DateTimeOffset? Deadline = null,
    DateTimeOffset? PassedUntil = null,
    DateTimeOffset? GraceUntil = null,
    DateTimeOffset? ReviewSince = null,
    string? EndReason = null,
    bool HasStanding = false,
    bool IsDue = false
)
{
    public bool HasSeat => Status is "reserved" or "offered" or "enrolled";

    public bool IsLive => Status != "ended";

    /// <summary>When a worker ends it or asks a last time.</summary>
    public DateTimeOffset? Ends =>
        Status switch
        {
            "reserved" or "offered" => Deadline,
            "enrolled" => GraceUntil,
            _ => null,
        };
}
