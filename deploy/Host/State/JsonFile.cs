using System.Text.Json;
using System.Text.Json.Serialization;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.State;

/// <summary>Small JSON files that only the host's user may read, replaced in one step.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static T? Read<T>(string path)
        where T : class
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format);
        }
        catch (JsonException e)
        {
            throw new HostException($"{path} is damaged: {e.Message}", "Restore it, or move the data folder away and start anew.");
        }
    }

    public static Task WriteAsync<T>(string path, T value, CancellationToken ct) =>
        SystemUser.WritePrivateAsync(path, JsonSerializer.Serialize(value, Format) + "\n", user: null, ct);
}
