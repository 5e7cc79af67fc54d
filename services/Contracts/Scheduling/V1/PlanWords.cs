namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>How people meet: <see cref="SessionSnapshot.Modality"/>.</summary>
public static class Modalities
{
    public const string Video = "video";
    public const string InPerson = "in_person";
}

/// <summary>Why a session's plan changed, where it was not for itself alone.</summary>
public static class PlanCauses
{
    public const string SeriesChanged = "series-changed";

    /// <summary>The rules of its time zone changed.</summary>
    public const string ZoneRules = "zone-rules";
}
