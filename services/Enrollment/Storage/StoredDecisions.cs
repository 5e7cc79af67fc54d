using System.Text.Json;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads stored answers.</summary>
internal static class StoredDecisions
{
    public static Decision Read(string answer) => JsonSerializer.Deserialize<Decision>(answer, LicensingJson.Options)!;

    /// <summary>Null for an answer that cannot be read: then nothing is known about it, and the rules are asked anew.</summary>
    public static Decision? TryRead(string answer)
    {
        try
        {
            return JsonSerializer.Deserialize<Decision>(answer, LicensingJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
