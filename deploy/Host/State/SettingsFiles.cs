using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.State;

/// <summary>
/// Writes settings files without losing an operator's changes: files in <c>settings/own</c> are laid over the generated ones, and an edit
/// in a generated file moves there first. Patches are JSON merge patches (RFC 7396).
/// </summary>
public sealed class SettingsFiles(DataFolder folder)
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    /// <summary>Writes the settings of one process (mode 0600, of its user) and returns their text.</summary>
    /// <param name="name">The process, such as <c>room-2</c>.</param>
    /// <param name="service">The service it belongs to, whose own settings count for every instance.</param>
    public async Task<string> WriteAsync(string name, string service, string generated, CancellationToken ct)
    {
        await KeepEditsAsync(name, ct);
        var settings = Parse(generated, name);
        foreach (var own in new[] { "all", service, name }.Distinct().Select(folder.OwnSettingsOf).Where(File.Exists))
        {
            settings = (JsonObject)Apply(settings, Parse(await File.ReadAllTextAsync(own, ct), own))!;
        }

        var text = settings.ToJsonString(Format) + "\n";
        await SystemUser.WritePrivateAsync(folder.WrittenSettingsOf(name), text, user: null, ct);
        await SystemUser.WritePrivateAsync(folder.SettingsOf(name), text, folder.UserOf(service), ct);
        return text;
    }

    /// <summary>The patch from <paramref name="from"/> to <paramref name="to"/>; null when nothing differs.</summary>
    public static JsonObject? Difference(JsonObject from, JsonObject to)
    {
        var patch = new JsonObject();
        foreach (var (key, value) in to)
        {
            if (from[key] is JsonObject old && value is JsonObject fresh)
            {
                if (Difference(old, fresh) is { } inner)
                {
                    patch[key] = inner;
                }
            }
            else if (!from.ContainsKey(key) || !JsonNode.DeepEquals(from[key], value))
            {
                patch[key] = value?.DeepClone();
            }
        }

        foreach (var (key, _) in from.Where(f => !to.ContainsKey(f.Key)))
        {
            patch[key] = null;
        }

        return patch.Count > 0 ? patch : null;
    }

    /// <summary>RFC 7396: objects are merged, null removes, everything else replaces.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject old ? (JsonObject)old.DeepClone() : [];
        foreach (var (key, value) in changes)
        {
            if (value is null)
            {
                result.Remove(key);
            }
            else
            {
                result[key] = Apply(result[key], value);
            }
        }

        return result;
    }

    private async Task KeepEditsAsync(string name, CancellationToken ct)
    {
        var (file, written, own) = (folder.SettingsOf(name), folder.WrittenSettingsOf(name), folder.OwnSettingsOf(name));
        if (!File.Exists(file) || !File.Exists(written))
        {
            return;
        }

        var (found, last) = (await File.ReadAllTextAsync(file, ct), await File.ReadAllTextAsync(written, ct));
        if (found != last && Difference(Parse(last, written), Parse(found, file)) is { } edits)
        {
            var before = File.Exists(own) ? Parse(await File.ReadAllTextAsync(own, ct), own) : [];
            await SystemUser.WritePrivateAsync(own, Merge(before, edits).ToJsonString(Format) + "\n", user: null, ct);
        }
    }

    // As Apply, but a removal stays in the patch.
    private static JsonObject Merge(JsonObject patch, JsonObject later)
    {
        var result = (JsonObject)patch.DeepClone();
        foreach (var (key, value) in later)
        {
            result[key] = result[key] is JsonObject old && value is JsonObject fresh ? Merge(old, fresh) : value?.DeepClone();
        }

        return result;
    }

    private static JsonObject Parse(string text, string file)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new JsonException("it is not an object");
        }
        catch (JsonException e)
        {
            throw new HostException($"{file} is no JSON: {e.Message}", "Mend it, or remove it: then the generated settings count.");
        }
    }
}
