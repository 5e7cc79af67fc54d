using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Messages of many people and rooms share one commit; each has its own answer, and one that cannot be written costs nobody else.</summary>
public sealed class GroupCommitTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task In_one_batch_each_message_has_its_own_answer()
    {
        var (first, second) = (await World.EveningAsync(), await World.EveningAsync());
        var (lead, members) = await first.LiveAsync(2);
        var (otherLead, _) = await second.LiveAsync(1);
        await using var waiting = await first.EnterAsync(await first.MemberAsync());
        var known = await lead.PostAsync("said before", id: "known");
        await lead.CallAsync("Mute", new { participantId = members[1].ParticipantId, chat = true });
        // Member 1 came in on the first node, as did both leads and the waiting member.
        var answers = await World.A.RunTogetherAsync(
            Of(lead, "new-1", "one"),
            Of(members[1], "muted", "quiet"),
            Of(lead, "known", "said before"),
            Of(lead, "known-2", "two"),
            Of(waiting, "early", "hello"),
            Of(lead, "nobody", "psst", Guid.CreateVersion7().ToString()),
            Of(otherLead, "new-1", "elsewhere"),
            Of(lead, "private", "for you", members[1].ParticipantId.ToString()),
            Of(otherLead, "new-2", "elsewhere again")
        );
        Assert.Equal([null, "muted", null, null, "not-admitted", "not-found", null, null, null], answers.Select(a => a.Refusal?.Code));
        Assert.Equal(known.GetProperty("seq").GetInt64(), answers[2].Posted()!.Seq);
        Assert.Equal(answers[0].Posted()!.Seq + 1, answers[3].Posted()!.Seq);
        Assert.Equal(answers[6].Posted()!.Seq + 1, answers[8].Posted()!.Seq);
        Assert.Equal(members[1].Own, answers[7].Posted()!.Stream);

        var reused = await World.A.RunTogetherAsync(Of(lead, "known", "another text"), Of(lead, "last", "three"), Of(lead, "last", "three"));
        Assert.Equal(["id-reused", null, null], reused.Select(a => a.Refusal?.Code));
        Assert.Equal(reused[1].Posted(), reused[2].Posted());
        await members[0].ReadsAsync("room", "three");
        Assert.Equal(["said before", "one", "two", "three"], members[0].Texts("room"));
        Assert.True(members[0].IsWhole("room"));
        await otherLead.ReadsAsync("room", "elsewhere again");
        Assert.Equal(["elsewhere", "elsewhere again"], otherLead.Texts("room"));
    }

    [Fact]
    public async Task Several_messages_of_one_person_in_one_batch_count_against_the_same_allowance()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        var answers = await World.A.RunTogetherAsync([.. Enumerable.Range(0, 30).Select(n => Of(lead, $"many-{n}", $"{n}"))]);
        Assert.Equal(MessageRules.Burst, answers.Count(a => a.Refusal is null));
        Assert.All(answers.Skip(MessageRules.Burst), a => Assert.Equal("too-fast", a.Refusal?.Code));
        // What was refused may be said again later under its own id.
        World.Clock.Advance(TimeSpan.FromSeconds(2));
        await lead.PostAsync("29", id: "many-29");
    }

    [Fact]
    public async Task A_room_whose_messages_cannot_be_written_fails_alone()
    {
        var (broken, sound) = (await World.EveningAsync(), await World.EveningAsync());
        var (brokenLead, _) = await broken.LiveAsync(1);
        var (soundLead, members) = await sound.LiveAsync(1);
        await using (var work = await World.Db.BeginAsync(Caller.System("test")))
        {
            await work.ExecuteAsync("update sessions set wrapped_key = null, version = version + 1 where session_id = @Session", new { broken.Session });
            await work.CommitAsync();
        }

        var executor = World.A.Get<RoomExecutor>();
        // The first is a batch of its own; the others arrive while it is written and form the next.
        var (first, poisoned, good) = (
            executor.RunAsync(Of(soundLead, "1", "first")),
            executor.RunAsync(Of(brokenLead, "2", "lost")),
            executor.RunAsync(Of(soundLead, "3", "second"))
        );
        await Assert.ThrowsAnyAsync<Exception>(() => poisoned);
        Assert.Null((await first).Refusal);
        Assert.Null((await good).Refusal);
        await members[0].ReadsAsync("room", "second");
    }

    [Fact]
    public async Task A_room_that_another_holds_for_long_does_not_hold_up_the_others()
    {
        var (held, free) = (await World.EveningAsync(), await World.EveningAsync());
        var (heldLead, _) = await held.LiveAsync(1);
        var (freeLead, _) = await free.LiveAsync(1);
        Task<JsonElement> late;
        await using (var work = await World.Db.BeginAsync(Caller.System("test")))
        {
            await work.ExecuteAsync("select 1 from sessions where session_id = @Session for no key update", new { held.Session });
            late = Eventually
                .ValueAsync<object>(async () => await heldLead.PostAsync("late", id: "late"), () => "the held room's message was never taken")
                .ContinueWith(t => (JsonElement)t.Result, TaskScheduler.Default);
            for (var n = 0; n < 5; n++)
            {
                await freeLead.PostAsync($"meanwhile {n}");
            }

            Assert.False(late.IsCompleted);
        }

        await late;
        await heldLead.ReadsAsync("room", "late");
        Assert.Equal(["late"], heldLead.Texts("room"));
    }

    [Fact]
    public async Task Twelve_rooms_hammered_over_two_nodes_have_one_order_without_a_gap()
    {
        const int Each = 15;
        var rooms = new List<RoomClient[]>();
        for (var n = 0; n < 12; n++)
        {
            var (lead, members) = await (await World.EveningAsync()).LiveAsync(3);
            rooms.Add([lead, .. members]);
        }

        var acknowledged = await Task.WhenAll(
            rooms.SelectMany(
                (people, room) =>
                    people.Select(
                        (client, person) =>
                            Task.Run(async () =>
                            {
                                var mine = new List<(int Room, string Text, long Seq)>();
                                for (var i = 0; i < Each; i++)
                                {
                                    var text = $"{room}-{person}-{i}";
                                    mine.Add((room, text, (await client.PostAsync(text, id: text)).GetProperty("seq").GetInt64()));
                                }

                                return mine;
                            })
                    )
            )
        );
        foreach (var (people, room) in rooms.Select((people, room) => (people, room)))
        {
            var expected = acknowledged.SelectMany(a => a).Where(a => a.Room == room).OrderBy(a => a.Seq).Select(a => a.Text).ToList();
            Assert.Equal(people.Length * Each, expected.Count);
            foreach (var client in people)
            {
                await client.ReadsAsync("room", expected[^1]);
                Assert.Equal(expected, client.Texts("room"));
                Assert.True(client.IsWhole("room"));
            }
        }
    }

    private Post Of(RoomClient client, string id, string text, string to = MessageRules.Everyone) => World.A.PostOf(client, id, text, to);
}
