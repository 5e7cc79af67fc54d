using GroupTherapy.Load.Edge;
using GroupTherapy.Load.Faults;
using GroupTherapy.Load.Idle;
using GroupTherapy.Load.Licensing;
using GroupTherapy.Load.Pages;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Load.Seats;
using GroupTherapy.Load.Series;

// The second group are processes that a benchmark starts of this program.
var verbs = new Dictionary<string, (string Help, Func<string[], Task<int>> Run)>(StringComparer.Ordinal)
{
    ["licensing"] = (LicensingVerb.Help, LicensingVerb.RunAsync),
    ["evening"] = (EveningVerb.Help, EveningVerb.RunAsync),
    ["idle"] = (IdleVerb.Help, IdleVerb.RunAsync),
    ["edge"] = (EdgeVerb.Help, EdgeVerb.RunAsync),
    ["series"] = (SeriesVerb.Help, SeriesVerb.RunAsync),
    ["seats"] = (SeatsVerb.Help, SeatsVerb.RunAsync),
    ["pages"] = (PagesVerb.Help, PagesVerb.RunAsync),
    ["faults"] = (FaultsVerb.Help, FaultsVerb.RunAsync),

    ["unstored-room"] = ("", UnstoredRoom.RunAsync),
    ["plain-hub"] = ("", PlainHub.RunAsync),
    ["plain-seats"] = ("", PlainSeatServer.RunAsync),
};

if (args is [var name, .. var rest] && verbs.TryGetValue(name, out var verb))
{
    return await verb.Run(rest);
}

Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/Load -- VERB [options]");
foreach (var (known, (help, _)) in verbs.Where(v => v.Value.Help.Length > 0))
{
    Console.Error.WriteLine($"  {known,-12} {help}");
}

return 2;
