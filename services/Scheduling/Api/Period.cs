using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Scheduling.Api;

/// <summary><c>?from=&amp;to=</c> of the lists of sessions.</summary>
internal static class Period
{
    /// <summary>Reads both ends of the period; a date means its first moment in UTC.</summary>
    public static FieldErrors Read(string? from, string? to, out DateTimeOffset? start, out DateTimeOffset? end)
    {
        const string Form = "An instant, like 2026-11-24T00:00:00Z, or a date (its first moment in UTC).";
        var errors = new FieldErrors().Check(TryRead(from, out start), "from", Form).Check(TryRead(to, out end), "to", Form);
        return errors.Check(start is null || end is null || start < end, "to", "This is not after from.");
    }

    private static bool TryRead(string? text, out DateTimeOffset? at)
    {
        at = null;
        if (text is null)
        {
            return true;
        }

        if (InstantConverter.TryParse(text, out var instant) || InstantConverter.TryParse($"{text}T00:00:00Z", out instant))
        {
            at = instant;
        }

        return at is not null;
    }
}
