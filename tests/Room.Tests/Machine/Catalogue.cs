using System.Text.Json.Nodes;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Hub.AsyncApi;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Tests.Machine;

/// <summary>Holds what is appended to the log against the published catalogue of events.</summary>
internal static class Catalogue
{
    private static readonly Dictionary<string, EventKind> Known = EventCatalogue.All.ToDictionary(k => k.Kind);

    public static void Check(RoomEvent appended)
    {
        var kind = Known[appended.Kind];
        var data = JsonNode.Parse(RoomJson.Bytes(appended.Data))!.AsObject();
        var faults = data.Select(d => d.Key)
            .Except(kind.Data.Select(f => f.Name))
            .Select(f => $"{kind.Kind} has '{f}', which the catalogue has not")
            .Concat(kind.Data.Where(f => !f.Optional && !data.ContainsKey(f.Name)).Select(f => $"{kind.Kind} lacks '{f.Name}'"))
            .Concat(kind.Data.Where(f => !f.Nullable && data.ContainsKey(f.Name) && data[f.Name] is null).Select(f => $"{kind.Kind} has null in '{f.Name}'"))
            .Concat(StandsIn(kind.Stream, appended.Stream) ? [] : [$"{kind.Kind} stands in {appended.Stream}, not in {kind.Stream}"])
            .ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Holds a refusal against those that the hub's document names for its method.</summary>
    public static void Check(RoomCommand command, Refusal? refusal)
    {
        if (refusal is not null && command is ISentCommand { Act: var act })
        {
            var method = HubMethods.All.Single(m => m.Name == $"{act}");
            Assert.True(method.Codes.Concat(HubMethods.Common).Contains(refusal.Code), $"{act} answers {refusal.Code}, which its description does not name");
        }
    }

    // A participant who stops waiting has left in their private stream.
    private static bool StandsIn(string wanted, string stream) =>
        wanted switch
        {
            "message" => true,
            "private" => Streams.OwnerOf(stream) is not null,
            "room" => stream == Streams.Room || Streams.OwnerOf(stream) is not null,
            _ => stream == wanted,
        };
}
