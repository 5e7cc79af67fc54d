using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Audit;

public sealed class CanonicalJsonTests
{
    private const string Reference = """
        import json, sys
        for line in open(sys.argv[1], encoding="utf-8", newline="\n"):
            text = json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            sys.stdout.buffer.write((text + "\n").encode())
        """;

    private static readonly JsonSerializerOptions Raw = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Above U+FFFF the order of code points is not that of UTF-16: U+FF5E and U+E000 stand before 😀.
    private static readonly string[] Pieces =
    [
        "a",
        "b",
        "B",
        "Z",
        "_",
        "0",
        "10",
        "é",
        "e\u0301",
        "ß",
        "\u2028",
        "\u2029",
        "\u0000",
        "\u0001",
        "\u001f",
        "\u007f",
        "\u0085",
        "\b\f\n\r\t",
        "\"",
        "\\",
        "/",
        "<&>'",
        "\u00a0",
        "\ue000",
        "\uff5e",
        "\ufeff",
        "😀",
        "👩‍👩‍👧",
        "𝔘",
        "漢",
    ];

    [Fact]
    public async Task It_is_what_Python_writes()
    {
        var random = new Random(20261124);
        string[] cases =
        [
            "{}",
            "[]",
            "\"\"",
            "null",
            "true",
            "[false]",
            "0",
            "-1",
            "9007199254740993",
            "123456789012345678901234567890",
            """ { "b" : [ 1 , { "z" : null , "a" : [ ] } ] , "a" : { } } """,
            """{"\ud83d\ude00":1,"\uff5e":2,"\ue000":3,"a":4}""",
            """{"aa":1,"a":2,"a\u0000":3,"":4}""",
            """{"k\u2028":"\u2028\u2029\u0085\u007f\u001f","\/":"\/\u002f"}""",
            .. Enumerable.Range(0, 400).Select(n => Value(random, 4)!.ToJsonString(n % 2 == 0 ? Raw : null)),
        ];
        var file = Path.Combine(Engines.Folder("canonical"), "cases.jsonl");
        await File.WriteAllTextAsync(file, string.Join('\n', cases), new UTF8Encoding(false));

        var (code, output) = await Python.RunAsync("-c", Reference, file);

        Assert.Equal(0, code);
        Assert.Equal(output.TrimEnd('\n').Split('\n'), cases.Select(Canonical));
    }

    [Fact]
    public void An_object_is_written_with_camel_case_names_and_instants_in_UTC() =>
        Assert.Equal(
            """{"at":"2026-11-24T05:00:00.5Z","id":"0193a000-0000-7000-8000-000000000001","nothing":null,"words":["ä\u0001"," "]}""",
            CanonicalJson
                .Of(
                    new
                    {
                        Words = new[] { "ä\u0001", "\u2028" },
                        Nothing = (string?)null,
                        Id = Guid.Parse("0193a000-0000-7000-8000-000000000001"),
                        At = new DateTimeOffset(2026, 11, 24, 0, 0, 0, 500, TimeSpan.FromHours(-5)),
                    }
                )
                .Replace("\u2028", " ", StringComparison.Ordinal)
        );

    [Fact]
    public void A_node_and_its_text_are_canonically_the_same()
    {
        var node = new JsonObject { ["z"] = "😀\u2028", ["a"] = new JsonArray(1, null, true) };

        Assert.Equal(Canonical(node.ToJsonString()), CanonicalJson.Of(node));
    }

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json);
        return CanonicalJson.Of(document.RootElement);
    }

    private static JsonNode? Value(Random random, int depth) =>
        random.Next(depth > 0 ? 7 : 5) switch
        {
            0 => JsonValue.Create(Text(random)),
            1 => JsonValue.Create(random.NextInt64(long.MinValue, long.MaxValue)),
            2 => JsonValue.Create(random.Next(-10, 10)),
            3 => JsonValue.Create(random.Next(2) == 0),
            4 => JsonValue.Create(Text(random) + Text(random)),
            5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1))]),
            _ => new JsonObject(
                Enumerable
                    .Range(0, random.Next(8))
                    .Select(_ => Text(random))
                    .Distinct(StringComparer.Ordinal)
                    .Select(key => KeyValuePair.Create(key, random.Next(9) == 0 ? null : Value(random, depth - 1)))
            ),
        };

    private static string Text(Random random) => string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Pieces[random.Next(Pieces.Length)]));
}
