namespace GroupTherapy.Enrollment.Licensing;

/// <summary>A reading of the rules. A new answer to an old question is a new reading; earlier ones stay, so that stored decisions come out byte for
/// byte.</summary>
internal enum Reading
{
    First = 1,

    /// <summary>
    /// A known defect closes a disputed route. A jurisdiction's own licence types replace the general ones. A compact without a row is unknown. A permit
    /// says what it rests on. Day budgets end with the year. A recheck tells only of a credential in use that ended meanwhile.
    /// </summary>
    Second = 2,
}

/// <summary>Names of readings as decisions store them.</summary>
internal static class Readings
{
    public const Reading Current = Reading.Second;

    /// <summary><c>licensing-1</c> and so on.</summary>
    public static string Name(Reading reading) => reading == Reading.First ? "licensing-1" : LicensingEngine.Version;

    /// <summary>Null for one that this build does not have.</summary>
    public static Reading? Find(string name) =>
        name switch
        {
            "licensing-1" => Reading.First,
            LicensingEngine.Version => Reading.Second,
            _ => null,
        };
}
