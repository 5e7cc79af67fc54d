using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Break-glass access to a group of one's practice. No Enrollment runs here.</summary>
public sealed class BreakGlassTests : IAsyncLifetime
{
    private const string Why = "She wrote to the office that she will not be here tomorrow.";
    private RoomWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await RoomWorld.StartAsync(nodes: 1);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(Roles.Facilitator)]
    [InlineData(Roles.Operator)]
    public async Task R43_a_colleague_opens_a_group_with_a_reason_for_an_hour_and_its_operators_and_the_member_are_told(string role)
    {
        var (evening, member) = await WaitingAsync();
        var colleague = Guid.CreateVersion7();
        Assert.Contains(await StatusAsync(SheetAsync(evening, colleague, member, role)), new[] { 403, 404 });

        var answer = await OpenAsync(evening, colleague, Why, role);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var opened = await ReadAsync(answer);
        var person = Assert.Single(opened["people"]!.AsArray())!;
        Assert.Equal((member, "Sunny", $"{evening.Session}"), ((Guid)person["participantId"]!, (string?)person["alias"], (string?)person["sessionId"]));
        var until = (DateTimeOffset)opened["until"]!;
        Assert.Equal(60, (until - _world.Clock.Now).TotalMinutes, 0.5);

        var sheet = await ReadAsync(await SheetAsync(evening, colleague, member, role));
        Assert.Equal(("2 Harbour Road, Tampa", until), ((string?)sheet["location"]!["address"], (DateTimeOffset)sheet["breakGlassUntil"]!));

        // Told at once to the operators, with no word of it on the way; the record names the opening and holds nothing that was written.
        Assert.Equal((1, 1), (await SentAsync("break-glass-opened"), await SentAsync("break-glass-disclosed")));
        Assert.Equal(0, await CountAsync("outbox where body::text like '%office%' or body::text like '%Sunny%'"));
        var entries = $"audit_entries where act = 'emergency.break-glass-opened' and who = 'account:{colleague}' and practice = 'grouport'";
        Assert.Equal(1, await CountAsync(entries));
        Assert.Equal(
            1,
            await CountAsync($"audit_entries where act = 'emergency.disclosed' and subject = '{evening.Members[0]}' and data like '%{(string)opened["id"]!}%'")
        );
        Assert.Equal(0, await CountAsync("audit_entries where data like '%office%'"));
        var item = Assert.Single(await ListAsync(Guid.CreateVersion7(), "grouport"))!;
        Assert.Equal((Why, role, $"{colleague}"), ((string?)item["reason"], (string?)item["role"], (string?)item["by"]));
        var disclosed = Assert.Single(item["opened"]!.AsArray())!;
        Assert.Equal(($"{evening.Members[0]}", Why), ((string?)disclosed["memberId"], (string?)disclosed["reason"]));

        // The member reads it once the hour is over, whether the session has ended or not; until then another person at their screen learns nothing.
        Assert.Empty(await DisclosuresAsync(evening.Members[0]));
        _world.Clock.Advance(TimeSpan.FromMinutes(61));
        var told = Assert.Single(await DisclosuresAsync(evening.Members[0]))!;
        Assert.Equal((true, role, Why), ((bool)told["breakGlass"]!, (string?)told["role"], (string?)told["reason"]));

        // And then it takes a new reason.
        Assert.Contains(await StatusAsync(SheetAsync(evening, colleague, member, role)), new[] { 403, 404 });
        Assert.NotEqual((string?)opened["id"], (string?)(await ReadAsync(await OpenAsync(evening, colleague, Why, role)))["id"]);
        Assert.Equal(200, await StatusAsync(SheetAsync(evening, colleague, member, role)));
    }

    [Fact]
    [Trait("hostile", "R43")]
    public async Task Break_glass_needs_a_role_in_the_practice_a_fresh_proof_and_a_reason()
    {
        var (evening, member) = await WaitingAsync();
        var stranger = Guid.CreateVersion7();
        Assert.Equal(403, await StatusAsync(OpenAsync(evening, evening.Members[0], Why, Roles.Member)));
        foreach (var role in new[] { Roles.Facilitator, Roles.Operator })
        {
            Assert.Equal(404, await StatusAsync(OpenAsync(evening, stranger, Why, role, practice: "chicago")));
            foreach (var said in new[] { null, "", "   ", "curious", new string('y', 1).PadLeft(30), new string('x', 201), $"a\0{Why}" })
            {
                Assert.Equal(400, await StatusAsync(OpenAsync(evening, stranger, said, role)));
            }

            using var old = new HttpClient { BaseAddress = _world.A.Address };
            old.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                _world.A.Tokens.With("room", stranger, [role], [$"{role}@grouport"], authenticatedAt: _world.Clock.Now.AddMinutes(-11))
            );
            var refused = await old.PostAsJsonAsync($"/api/groups/{evening.Plan.GroupId}/break-glass", new { reason = Why });
            Assert.Equal((403, "step-up-required"), ((int)refused.StatusCode, (string?)(await ReadAsync(refused))["code"]));
        }

        Assert.Equal(0, await CountAsync("break_glass_openings"));
        Assert.Equal(0, await SentAsync("break-glass-opened"));

        // An opening counts for its caller alone, in this group alone, and while they belong to the practice.
        var colleague = Guid.CreateVersion7();
        Assert.Equal(200, await StatusAsync(OpenAsync(evening, colleague, Why)));
        Assert.Equal(404, await StatusAsync(SheetAsync(evening, stranger, member)));
        Assert.Equal(404, await StatusAsync(SheetAsync(evening, colleague, member, practice: "chicago")));
        Assert.Equal(403, await StatusAsync(SheetAsync(evening, colleague, member, Roles.Member)));
        Assert.Equal(404, await StatusAsync(SheetAsync(evening, colleague, Guid.CreateVersion7())));
        var (other, elsewhere) = await WaitingAsync();
        Assert.Equal(404, await StatusAsync(SheetAsync(other, colleague, elsewhere)));
        Assert.Empty(await ListAsync(Guid.CreateVersion7(), "chicago"));
        using var facilitator = _world.A.As(colleague, Roles.Facilitator);
        Assert.Equal(403, (int)(await facilitator.GetAsync("/api/break-glass")).StatusCode);
    }

    [Fact]
    public async Task A_facilitator_of_the_session_reaches_a_member_by_break_glass_after_the_day_is_over()
    {
        var (evening, member) = await WaitingAsync();
        var lead = await evening.EnterAsync(evening.Lead);
        await lead.CallAsync("Open");
        await lead.CallAsync("End", new { reason = "done" });
        Assert.Null((await ReadAsync(await SheetAsync(evening, evening.Lead, member)))["breakGlassUntil"]);
        _world.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal(409, await StatusAsync(SheetAsync(evening, evening.Lead, member)));
        Assert.Equal(200, await StatusAsync(OpenAsync(evening, evening.Lead, Why)));
        Assert.NotNull((await ReadAsync(await SheetAsync(evening, evening.Lead, member)))["breakGlassUntil"]);
    }

    [Fact]
    public async Task Reasons_of_break_glass_outlive_the_keys_of_the_sessions()
    {
        var (evening, member) = await WaitingAsync();
        var lead = await evening.EnterAsync(evening.Lead);
        await lead.CallAsync("Open");
        await lead.CallAsync("End", new { reason = "done" });
        _world.Clock.Advance(TimeSpan.FromDays(31));
        await Eventually.Async(
            async () => await CountAsync($"sessions where session_id = '{evening.Session}' and wrapped_key is null") == 1,
            () => "the key was not destroyed"
        );
        var colleague = Guid.CreateVersion7();
        await OpenAsync(evening, colleague, Why);
        Assert.Equal(200, await StatusAsync(SheetAsync(evening, colleague, member)));
        var item = Assert.Single(await ListAsync(Guid.CreateVersion7(), "grouport"))!;
        Assert.Equal(Why, (string?)Assert.Single(item["opened"]!.AsArray())!["reason"]);
        _world.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(Why, (string?)Assert.Single(await DisclosuresAsync(evening.Members[0]))!["reason"]);
    }

    [Fact]
    public async Task The_fourth_group_within_a_day_is_a_colleagues_to_open_even_when_all_are_asked_at_once()
    {
        var colleague = Guid.CreateVersion7();
        var evenings = new List<Evening>();
        for (var n = 0; n < 6; n++)
        {
            evenings.Add(await _world.EveningAsync());
        }

        var answers = await Task.WhenAll(evenings.Select(e => OpenAsync(e, colleague, Why)));
        Assert.Equal(3, answers.Count(a => (int)a.StatusCode == 200));
        foreach (var refused in answers.Where(a => (int)a.StatusCode != 200))
        {
            Assert.Equal((409, "break-glass-limit"), ((int)refused.StatusCode, (string?)(await ReadAsync(refused))["code"]));
        }

        // Asking again for what is open counts nothing, a colleague may, and so may they tomorrow.
        var open = evenings[Array.FindIndex(answers, a => a.IsSuccessStatusCode)];
        var closed = evenings[Array.FindIndex(answers, a => !a.IsSuccessStatusCode)];
        Assert.Equal(200, await StatusAsync(OpenAsync(open, colleague, Why)));
        Assert.Equal(3, await CountAsync("break_glass_openings"));
        Assert.Equal(200, await StatusAsync(OpenAsync(closed, Guid.CreateVersion7(), Why)));
        _world.Clock.Advance(TimeSpan.FromHours(24.1));
        Assert.Equal(200, await StatusAsync(OpenAsync(closed, colleague, Why)));
    }

    [Fact]
    public async Task Reasons_open_after_the_master_key_was_exchanged_and_are_nothing_to_another_practice_without_the_filter_either()
    {
        var (evening, _) = await WaitingAsync();
        await OpenAsync(evening, Guid.CreateVersion7(), Why);
        await _world.A.Get<RoomKeys>().RotateAsync(_world.Db, TestContext.Current.CancellationToken);
        const string Masters = "select substring(wrapped_key for 4) from break_glass_openings union select substring(wrapped_key for 4) from sessions";
        Assert.Equal(1, await CountAsync($"({Masters}) of"));
        Assert.Equal(Why, (string?)Assert.Single(await ListAsync(Guid.CreateVersion7(), "grouport"))!["reason"]);

        foreach (var (practice, rows) in new[] { ("grouport", 1), ("chicago", 0) })
        {
            await using var work = await _world.Db.BeginAsync(
                Caller.Anonymous with { AccountId = Guid.CreateVersion7(), Memberships = new HashSet<string> { $"operator@{practice}" } },
                TestContext.Current.CancellationToken
            );
            Assert.Equal(rows, await work.FirstOrDefaultAsync<int>("select count(*)::int from break_glass_openings"));
            Assert.Equal(0, await work.ExecuteAsync("update break_glass_openings set wrapped_key = null"));
        }
    }

    private async Task<(Evening Evening, Guid Participant)> WaitingAsync()
    {
        var evening = await _world.EveningAsync();
        var body = new
        {
            location = new { jurisdiction = "US-FL", address = "2 Harbour Road, Tampa" },
            alone = true,
            alias = "Sunny",
        };
        return (evening, (await evening.EnterAsync(await evening.MemberAsync(), body: body)).ParticipantId);
    }

    private Task<HttpResponseMessage> OpenAsync(Evening evening, Guid who, string? reason, string role = Roles.Facilitator, string practice = "grouport") =>
        PostAsync($"/api/groups/{evening.Plan.GroupId}/break-glass", who, reason, role, practice);

    private Task<HttpResponseMessage> SheetAsync(Evening evening, Guid who, Guid member, string role = Roles.Facilitator, string practice = "grouport") =>
        PostAsync($"/api/sessions/{evening.Session}/participants/{member}/emergency", who, Why, role, practice);

    private async Task<HttpResponseMessage> PostAsync(string path, Guid who, string? reason, string role, string practice)
    {
        using var http = _world.A.As(who, [role], [practice]);
        return await http.PostAsJsonAsync(path, new { reason });
    }

    private static async Task<int> StatusAsync(Task<HttpResponseMessage> answer) => (int)(await answer).StatusCode;

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonObject>())!;

    private async Task<JsonArray> ListAsync(Guid who, string practice)
    {
        using var http = _world.A.As(who, [Roles.Operator], [practice]);
        return (await http.GetFromJsonAsync<JsonObject>("/api/break-glass"))!["items"]!.AsArray();
    }

    private async Task<JsonArray> DisclosuresAsync(Guid member)
    {
        using var http = _world.A.As(member, Roles.Member);
        return (await http.GetFromJsonAsync<JsonObject>("/api/me/disclosures"))!["items"]!.AsArray();
    }

    private Task<int> CountAsync(string of) => _world.ReadAsync<int>($"select count(*)::int from {of}");

    private Task<int> SentAsync(string message) => CountAsync($"outbox where urn like '%{message}%'");
}
