using System.Text;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class PostingTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task The_same_id_and_text_is_one_message_and_another_text_is_refused()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var first = await members[0].PostAsync("once", id: "a-1");
        var again = await members[0].PostAsync("once", id: "a-1");
        Assert.Equal(first.GetProperty("seq").GetInt64(), again.GetProperty("seq").GetInt64());
        Assert.Equal(first.GetProperty("at").GetString(), again.GetProperty("at").GetString());
        Assert.Equal("id-reused", await members[0].RefusedAsync("Post", new { id = "a-1", text = "twice" }));
        // Another person's id is another id.
        await lead.PostAsync("mine", id: "a-1");

        // Muted since: what is in the log already is answered all the same.
        await lead.CallAsync("Mute", new { participantId = members[0].ParticipantId, chat = true });
        Assert.Equal(first.GetProperty("seq").GetInt64(), (await members[0].PostAsync("once", id: "a-1")).GetProperty("seq").GetInt64());
        await lead.ReadsAsync("room", "mine");
        Assert.Equal(["once", "mine"], lead.Texts("room"));
    }

    [Fact]
    public async Task One_id_from_two_tabs_at_once_is_one_message()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A);
        for (var i = 0; i < 5; i++)
        {
            var (one, other) = (members[0].PostAsync($"both {i}", id: $"t-{i}"), tab.PostAsync($"both {i}", id: $"t-{i}"));
            Assert.Equal((await one).GetProperty("seq").GetInt64(), (await other).GetProperty("seq").GetInt64());
        }

        await lead.ReadsAsync("room", "both 4");
        Assert.Equal(5, lead.Texts("room").Count);
        Assert.True(lead.IsWhole("room"));
    }

    [Fact]
    public async Task H16_What_is_no_message_is_refused_and_the_rest_arrives_verbatim()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var member = members[0];
        async Task<string> TryAsync(string text) => await member.RefusedAsync("Post", new { id = Guid.CreateVersion7().ToString(), text });
        Assert.Equal("bad-request", await TryAsync(""));
        Assert.Equal("bad-request", await TryAsync("a\0b"));
        Assert.Equal("bad-request", await TryAsync("a\rb"));
        Assert.Equal("bad-request", await TryAsync("a\u0085b"));
        Assert.Equal("too-long", await TryAsync(new string('x', 4001)));
        Assert.Equal("bad-request", await member.RefusedAsync("Post", new { id = "no spaces", text = "x" }));
        Assert.Equal("bad-request", await member.RefusedAsync("Post", new { id = new string('i', 65), text = "x" }));
        Assert.Equal("bad-request", await member.RefusedAsync("Post", new { id = "", text = "x" }));

        var (id, answer) = member.Expect();
        await member.SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"Post","arguments":[{"id":"half","text":"\ud83d"}]}""");
        Assert.Equal("bad-request", (await Assert.ThrowsAsync<HubRefusedException>(() => answer)).Code);

        string[] verbatim =
        [
            " <b>bold</b> & \"quotes\" \\ ",
            "line\nfeed\tand tab",
            "\u202Eoverride",
            string.Concat(Enumerable.Repeat("😀", 4000)),
            "e" + new string('\u0301', 3999),
            "\u2028separator",
            "null",
            "{\"type\":1}",
        ];
        foreach (var text in verbatim)
        {
            await member.PostAsync(text);
            World.Clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        await lead.ReadsAsync("room", verbatim[^1]);
        Assert.Equal(verbatim, lead.Texts("room"));

        // A frame over 64 KiB costs its sender the connection, and nobody else anything.
        await member.SendAsync($$"""{"type":1,"invocationId":"9999","target":"Post","arguments":[{"id":"big","text":"{{new string('x', 70_000)}}"}]}""");
        await Eventually.Async(() => member.IsClosed, () => "the oversized frame did not close its connection");
        await lead.PostAsync("still here");
        await lead.ReadsAsync("room", "still here");
    }

    [Fact]
    public async Task Bytes_that_are_no_text_cost_their_sender_alone()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        await members[0]
            .SendBytesAsync([
                .. Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"7","target":"Post","arguments":[{"id":"1","text":""" + "\""),
                0xc3,
                0x28,
                (byte)'"',
                (byte)'}',
                (byte)']',
                (byte)'}',
                0x1e,
            ]);
        await Eventually.Async(
            () => members[0].IsClosed || members[0].Wire.Contains("\"7\"", StringComparison.Ordinal),
            () => "broken UTF-8 was neither answered nor ended"
        );
        await lead.PostAsync("on");
        await lead.ReadsAsync("room", "on");
        Assert.Equal(["on"], lead.Texts("room"));
    }

    [Fact]
    public async Task Twenty_posts_at_once_then_ten_a_second_over_all_tabs_and_nodes()
    {
        var evening = await World.EveningAsync();
        var (_, members) = await evening.LiveAsync(1);
        await using var tab = await evening.EnterAsync(evening.Members[0], World.A);
        var calls = Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? members[0] : tab).RefusedAsync("Post", new { id = $"f{i}", text = "fast" })).ToList();
        var codes = await Task.WhenAll(calls);
        Assert.True(codes.Count(c => c == "too-fast") >= 10, $"{codes.Count(c => c == "too-fast")} of 60 were too fast");
        Assert.True(codes.Count(c => c == "(no refusal)") >= 20, $"{codes.Count(c => c == "(no refusal)")} of 60 were taken");
        World.Clock.Advance(TimeSpan.FromSeconds(2));
        await members[0].PostAsync("calm again");
    }

    [Fact]
    public async Task H08_What_a_client_says_about_the_sender_is_ignored()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await members[0]
            .CallAsync(
                "Post",
                new
                {
                    id = "fake",
                    text = "I am the lead",
                    to = "everyone",
                    from = lead.ParticipantId,
                    role = "lead",
                    seq = 1,
                    at = "2020-01-01T00:00:00Z",
                    by = new
                    {
                        participantId = lead.ParticipantId,
                        alias = "Ana",
                        role = "lead",
                    },
                    stream = "staff",
                }
            );
        await members[1].ReadsAsync("room", "I am the lead");
        var seen = members[1].Of("room").Single(e => e.GetProperty("kind").GetString() == "message.posted");
        Assert.Equal(members[0].ParticipantId, seen.GetProperty("by").GetProperty("participantId").GetGuid());
        Assert.Equal("member", seen.GetProperty("by").GetProperty("role").GetString());
        Assert.Equal(
            lead.Of("room").Single(e => e.GetProperty("kind").GetString() == "message.posted").GetProperty("seq").GetInt64(),
            seen.GetProperty("seq").GetInt64()
        );
    }

    [Fact]
    public async Task Members_speak_to_all_or_to_staff_and_staff_to_one()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        Assert.Equal(
            "not-allowed",
            await members[0]
                .RefusedAsync(
                    "Post",
                    new
                    {
                        id = "1",
                        text = "psst",
                        to = members[1].ParticipantId,
                    }
                )
        );
        Assert.Equal(
            "not-allowed",
            await members[0]
                .RefusedAsync(
                    "Post",
                    new
                    {
                        id = "2",
                        text = "psst",
                        to = "staff",
                    }
                )
        );
        Assert.Equal(
            "not-found",
            await lead.RefusedAsync(
                "Post",
                new
                {
                    id = "3",
                    text = "psst",
                    to = Guid.CreateVersion7(),
                }
            )
        );
        Assert.Equal(
            "not-found",
            await lead.RefusedAsync(
                "Post",
                new
                {
                    id = "4",
                    text = "psst",
                    to = "nobody",
                }
            )
        );
    }
}
