using System.Net;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Platform.Tests.Web;

public sealed class PagingTests(PagingTests.Many many) : IClassFixture<PagingTests.Many>
{
    private const int All = 523;

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("five")]
    [InlineData("5.0")]
    [InlineData("1e2")]
    [InlineData("")]
    [InlineData("5&limit=6")]
    public async Task A_limit_that_is_no_limit_is_refused(string limit) => Refused(await ListAsync($"limit={limit}"), "limit");

    [Theory]
    [InlineData("limit=1", 1)]
    [InlineData("", 50)]
    [InlineData("limit=500", 500)]
    [InlineData("limit=501", 500)]
    [InlineData("limit=2147483647", 500)]
    [InlineData("limit=2147483648", 500)]
    [InlineData("limit=99999999999999999999", 500)]
    public async Task A_page_holds_as_many_as_asked_for_and_500_at_most(string query, int expected) =>
        Assert.Equal(expected, Ids(await ListAsync(query)).Count);

    [Theory]
    [InlineData(17)]
    [InlineData(100)]
    [InlineData(500)]
    public async Task Walking_the_pages_meets_every_row_once_in_order(int limit)
    {
        var (seen, cursor) = (new List<Guid>(), (string?)null);
        do
        {
            var page = await ListAsync($"limit={limit}" + (cursor is null ? "" : $"&cursor={cursor}"));
            seen.AddRange(Ids(page));
            cursor = (string?)page.Json["nextCursor"];
        } while (cursor is not null && seen.Count <= All);

        Assert.Equal(many.Ids, seen);
    }

    [Fact]
    public async Task A_full_last_page_names_no_next_one()
    {
        var last = await ListAsync($"limit=20&cursor={Cursor.Encode([many.Ids[^21].ToString()], "/api/things")}");

        Assert.Equal(many.Ids[^20..], Ids(last));
        Assert.Null(last.Json["nextCursor"]);
    }

    [Fact]
    public async Task A_cursor_damaged_in_any_character_is_refused()
    {
        var cursor = (string)(await ListAsync("limit=3")).Json["nextCursor"]!;

        // The last character's low bits may be padding, and say nothing.
        foreach (var i in Enumerable.Range(0, cursor.Length - 1))
        {
            Refused(await ListAsync($"cursor={cursor[..i]}{(cursor[i] == 'A' ? 'B' : 'A')}{cursor[(i + 1)..]}"), "cursor");
        }

        Refused(await ListAsync($"cursor={cursor[..^4]}"), "cursor");
        Refused(await ListAsync($"cursor={cursor}&cursor={cursor}"), "cursor");
    }

    public static TheoryData<string> Foreign =>
        [
            "",
            "a",
            "....",
            "=",
            "%00",
            "%20",
            "%C3%A4",
            "AAAAAAAA",
            new string('A', 2000),
            Cursor.Encode(["not an id"]),
            Cursor.Encode([""]),
            Cursor.Encode(["1", "2"]),
            Cursor.Encode([new string('x', 2000)]),
        ];

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task A_cursor_that_is_not_ours_or_of_another_list_is_refused(string cursor) => Refused(await ListAsync($"cursor={cursor}"), "cursor");

    [Fact]
    public async Task A_cursor_of_another_filter_of_the_same_list_is_refused()
    {
        var cursor = (string)(await ListAsync("limit=3&label=x")).Json["nextCursor"]!;
        Refused(await ListAsync($"cursor={cursor}"), "cursor");
        Refused(await ListAsync($"label=y&cursor={cursor}"), "cursor");
        Assert.NotEmpty(Ids(await ListAsync($"cursor={cursor}&limit=5&label=x")));
    }

    [Fact]
    public void A_cursor_carries_its_parts_unchanged()
    {
        string[] parts = ["a", "", "ä \u2028 😀", "2026-11-24T00:00:00Z"];

        Assert.True(Cursor.TryDecode(Cursor.Encode(parts), out var read));
        Assert.Equal(parts, read);
    }

    private async Task<Answer> ListAsync(string query)
    {
        using var http = many.Toys.Somebody();
        return await http.ReadAsync($"/api/things?{query}");
    }

    private static List<Guid> Ids(Answer page)
    {
        Assert.Equal(HttpStatusCode.OK, page.Status);
        return [.. page.Json["items"]!.AsArray().Select(item => (Guid)item!["id"]!)];
    }

    private static void Refused(Answer answer, string field)
    {
        Assert.Equal((HttpStatusCode.BadRequest, "validation"), (answer.Status, answer.Code));
        Assert.NotNull(answer.Json["errors"]![field]);
    }

    public sealed class Many : IAsyncLifetime
    {
        public ToyService Toys { get; } = new();

        public Guid[] Ids { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            await Toys.InitializeAsync();
            await Toys.Database.RunAsync(
                "insert into things (id, label, made_at) select gen_random_uuid(), 'one of many', now() from generate_series(1, $1)",
                All
            );
            Ids = await Toys.Database.AskAsync<Guid[]>("select array_agg(id order by id) from things");
        }

        public ValueTask DisposeAsync() => Toys.DisposeAsync();
    }
}
