using System.Reflection;
using System.Text.Json;
using GroupTherapy.Room.Hub;
using GroupTherapy.Room.Hub.AsyncApi;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>Every field of every hub method, given hostile values: the caller gets an answer that the hub's document names, and the room goes on.</summary>
public sealed class HostileHubWalk(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    // As JSON, since some of it no serializer would write.
    private static readonly string[] Hostile =
    [
        "null",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"\\u202e\"",
        $"\"{new string('x', 10_000)}\"",
        "0",
        "-1",
        "1.5",
        "1e309",
        "9223372036854775808",
        "true",
        "[]",
        "[null]",
        "{}",
        "\"00000000-0000-0000-0000-000000000000\"",
        "\"room\"",
        "\"private:x\"",
        "\"staff\"",
    ];

    private RoomWorld World => nodes.World;

    public static TheoryData<string> Methods => [.. HubMethods.All.Where(m => ParameterOf(m.Name) is not null).Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task H19_Hostile_values_are_answered_with_a_refusal_and_the_room_goes_on(string method)
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var known = HubMethods.All.Single(m => m.Name == method).Codes.Concat(HubMethods.Common).Append("").ToHashSet();
        var fields = ParameterOf(method)!.GetConstructors().Single().GetParameters();
        var surprises = new List<string>();
        var staff = await evening.EnterAsync(evening.Co, World.B);
        foreach (var (field, value) in fields.SelectMany(f => Hostile.Select(v => (f.Name!, v))))
        {
            var body = string.Join(',', fields.Select(f => $"\"{NameOf(f)}\":{(f.Name == field ? value : Usual(f, members[0].ParticipantId))}"));
            var (answer, again) = await AskAsync(staff, method, $"{{{body}}}");
            if (!known.Contains(answer.Code) || (answer.Code.Length == 0 && answer.Error.StartsWith("An unexpected", StringComparison.Ordinal)))
            {
                surprises.Add($"{field} = {(value.Length > 40 ? value[..40] : value)}: {answer.Error}");
            }

            if (again)
            {
                await staff.DisposeAsync();
                evening = method is "End" ? await World.EveningAsync() : evening;
                staff = await evening.EnterAsync(evening.Co, World.B);
            }
        }

        await staff.DisposeAsync();
        Assert.True(surprises.Count == 0, string.Join('\n', surprises));
        if (method is not "End")
        {
            await lead.PostAsync("unmoved");
            await lead.ReadsAsync("room", "unmoved");
        }
    }

    /// <summary>The refusal, empty where there was none, and whether the connection is at its end.</summary>
    private static async Task<((string Code, string Error) Answer, bool IsOver)> AskAsync(RoomClient client, string method, string argument)
    {
        var (id, answer) = client.Expect();
        try
        {
            await client.SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":[{{argument}}]}""");
            await answer.WaitAsync(TimeSpan.FromSeconds(20));
            return (("", ""), method is "Leave");
        }
        catch (HubRefusedException e)
        {
            return ((e.Code, e.Message), e.Code is "not-admitted" or "removed" or "too-fast");
        }
        catch (Exception e) when (e is HubLostException or System.Net.WebSockets.WebSocketException)
        {
            return (("", "closed"), true);
        }
    }

    private static string Usual(ParameterInfo field, Guid participant) =>
        NameOf(field) switch
        {
            "stream" => "\"room\"",
            "participantIds" or "videoOf" => $"[\"{participant}\"]",
            "for" => "\"publisher\"",
            "emoji" => "\"👍\"",
            "id" => "\"an-id\"",
            _ when Nullable.GetUnderlyingType(field.ParameterType) is not null => "null",
            _ when field.ParameterType == typeof(Guid) => $"\"{Guid.CreateVersion7()}\"",
            _ when field.ParameterType == typeof(bool) => "false",
            _ when field.ParameterType.IsPrimitive => "1",
            _ when field.ParameterType == typeof(string) || field.ParameterType == typeof(PostText) => "\"x\"",
            _ => "null",
        };

    private static string NameOf(ParameterInfo field) => JsonNamingPolicy.CamelCase.ConvertName(field.Name!);

    private static Type? ParameterOf(string method) =>
        typeof(RoomHub)
            .GetMethod(method, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)!
            .GetParameters()
            .FirstOrDefault()
            ?.ParameterType;
}
