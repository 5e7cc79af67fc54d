using System.Text.Json;
using System.Text.RegularExpressions;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Reads the JSON of a request strictly: unknown, doubled, missing and mistyped fields are errors, dates must exist, instants carry their
/// offset.</summary>
public static partial class LicensingRequestReader
{
    /// <summary>
    /// The request, or the errors by field (a path such as <c>member.residence.since</c>; empty for the whole body). Names are checked next, by
    /// <see cref="LicensingRequestValidation"/>.
    /// </summary>
    public static LicensingRequestReading Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<LicensingRequest>(json, LicensingJson.Options) is { } request
                ? new LicensingRequestReading(request, new Dictionary<string, string[]>())
                : Refused("", "A request is needed.");
        }
        catch (JsonException unreadable)
        {
            return Explain(unreadable);
        }
    }

    /// <summary>Reads, and checks names and dates against a rule set: a request that comes back may be decided.</summary>
    public static LicensingRequestReading Read(JsonElement json, CompiledRuleSet rules) =>
        Read(json) is var read && read.Request is { } request && LicensingRequestValidation.Errors(rules, request) is { Count: > 0 } errors
            ? new LicensingRequestReading(null, errors)
            : read;

    /// <inheritdoc cref="Read(ReadOnlySpan{byte})"/>
    public static LicensingRequestReading Read(JsonElement json)
    {
        try
        {
            return json.Deserialize<LicensingRequest>(LicensingJson.Options) is { } request
                ? new LicensingRequestReading(request, new Dictionary<string, string[]>())
                : Refused("", "A request is needed.");
        }
        catch (JsonException unreadable)
        {
            return Explain(unreadable);
        }
    }

    private static LicensingRequestReading Explain(JsonException unreadable)
    {
        var path = unreadable.Path is { } at && at.StartsWith('$') ? at[1..].TrimStart('.') : "";
        var missing = Missing().Match(unreadable.Message);
        if (missing.Success)
        {
            var names = Quoted().Matches(missing.Value).Select(match => match.Groups[1].Value);
            return new LicensingRequestReading(
                null,
                names.ToDictionary(name => path.Length == 0 ? name : $"{path}.{name}", _ => new[] { "This field is needed." })
            );
        }

        var unknown = unreadable.Message.Contains("could not be mapped", StringComparison.Ordinal);
        return Refused(path, unknown ? "There is no such field." : "This value is missing, given twice or cannot be read.");
    }

    private static LicensingRequestReading Refused(string field, string message) => new(null, new Dictionary<string, string[]> { [field] = [message] });

    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex Missing();

    [GeneratedRegex("'([A-Za-z]+)'")]
    private static partial Regex Quoted();
}

/// <summary>Either a request or what is wrong with it.</summary>
/// <param name="Errors">Messages by field; empty when there is a request.</param>
public sealed record LicensingRequestReading(LicensingRequest? Request, IReadOnlyDictionary<string, string[]> Errors);
