using System.Text.Json.Nodes;
using GroupTherapy.Gateway.Description;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Hub.AsyncApi;

namespace GroupTherapy.Description.Tests;

/// <summary>The hub's document against the hub, and against a parser that is not ours.</summary>
public sealed class HubTests(Tools tools)
{
    [Fact]
    public void Every_hub_method_is_described_and_every_described_method_is_there() =>
        Assert.Equal(HubDocument.Methods.Select(m => m.Name).Order(), HubMethods.All.Select(m => m.Name).Order());

    [Fact]
    public void Every_kind_of_event_is_in_the_catalogue_once()
    {
        var kinds = typeof(Kinds).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!).Order();

        Assert.Equal(kinds, EventCatalogue.All.Select(k => k.Kind).Order());
    }

    [Fact]
    public void A_method_names_its_argument_its_answer_and_its_refusals()
    {
        var document = HubDocument.Of();
        var schemas = document["components"]!["schemas"]!;
        Assert.Equal(["id", "text"], schemas["PostRequest"]!["required"]!.AsArray().Select(r => (string)r!));
        Assert.Equal("#/components/schemas/Posted", (string?)document["components"]!["messages"]!["Post.answer"]!["payload"]!["$ref"]);
        var errors = document["operations"]!["Post"]!["x-errors"]!.AsArray().Select(e => (string)e!).ToList();
        Assert.Contains("slow-mode", errors);
        Assert.Contains("id-reused", errors);
        var codes = typeof(Refusal).GetFields().Select(f => ((Refusal)f.GetValue(null)!).Code).Append("bad-request").ToHashSet();
        Assert.All(HubMethods.All, m => Assert.Empty(m.Codes.Concat(HubMethods.Common).Except(codes)));
        Assert.Equal(["co_facilitator", "lead"], document["operations"]!["Remove"]!["x-roles"]!.AsArray().Select(r => (string)r!));
        Assert.True((bool)document["operations"]!["RequestHelp"]!["x-while-waiting"]!);
        Assert.False((bool)document["operations"]!["Open"]!["x-while-waiting"]!);
    }

    [Fact]
    public async Task The_AsyncAPI_parser_finds_nothing_wrong()
    {
        Assert.SkipWhen(tools.Missing is not null, tools.Missing ?? "");
        await File.WriteAllTextAsync(Path.Combine(tools.Folder, "asyncapi.json"), HubDocument.Of().ToJsonString());
        var (code, said) = await tools.RunAsync("node", "validate.mjs", "asyncapi.json");
        Assert.True(code == 0, said);

        var broken = HubDocument.Of();
        broken["operations"]!["Post"]!["action"] = "shout";
        await File.WriteAllTextAsync(Path.Combine(tools.Folder, "broken.json"), broken.ToJsonString());
        Assert.NotEqual(0, (await tools.RunAsync("node", "validate.mjs", "broken.json")).ExitCode);
    }

    [Fact]
    public async Task The_page_shows_every_operation_and_every_method_and_runs_no_script()
    {
        var (api, hub) = (await Described.DocumentAsync(), HubDocument.Of());
        var page = DocsPage.Of(api, hub);
        var headings = Described.OperationsOf(api).Select(o => $"<h3 id=\"{((string)o.Operation["operationId"]!).ToLowerInvariant()}\"");
        Assert.All(headings, heading => Assert.Contains(heading, page, StringComparison.Ordinal));
        Assert.All(HubMethods.All, m => Assert.Contains($"<code>{m.Name}</code> (you call)", page, StringComparison.Ordinal));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http://", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("script-src", DocsPage.ContentSecurityPolicy, StringComparison.Ordinal);
        var hostile = JsonNode.Parse("""{ "paths": { "/<b>": { "get": { "responses": {} } } } }""")!.AsObject();
        Assert.Contains("/&lt;b&gt;", DocsPage.Of(hostile, null), StringComparison.Ordinal);
    }
}
