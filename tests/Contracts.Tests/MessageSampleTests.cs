using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using MassTransit;

namespace GroupTherapy.Contracts.Tests;

/// <summary>A contract is a promise to strangers: each message has an approved sample, which every later reader must keep reading.</summary>
public sealed class MessageSampleTests
{
    private static readonly string Samples = Path.Combine(AppContext.BaseDirectory, "Samples");

    public static TheoryData<string> Messages() => [.. Types().Select(t => t.FullName!)];

    private static IEnumerable<Type> Types() => typeof(SeatReserved).Assembly.GetExportedTypes().Where(t => t.IsDefined(typeof(MessageUrnAttribute)));

    private static Type TypeOf(string name) => typeof(SeatReserved).Assembly.GetType(name, throwOnError: true)!;

    private static string SampleOf(Type type) => Path.Combine(Samples, MessageTypes.UrnOf(type).Split(':', 4)[^1].Replace(':', '.') + ".json");

    [Theory]
    [MemberData(nameof(Messages))]
    public void An_approved_sample_is_read_whole_and_written_the_same(string message)
    {
        var type = TypeOf(message);
        Assert.True(File.Exists(SampleOf(type)), $"{message} has no approved sample at tests/Contracts.Tests/Samples/{Path.GetFileName(SampleOf(type))}.");
        var sample = JsonNode.Parse(File.ReadAllText(SampleOf(type)))!;

        var read = JsonSerializer.Deserialize(sample, type, MessageTypes.Json)!;

        // A property that the sample lacks, or that no longer reads, shows as a difference.
        Assert.Equal(CanonicalJson.Of(sample), CanonicalJson.Of(JsonSerializer.SerializeToNode(read, type, MessageTypes.Json)!));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    [Trait("hostile", "B10")]
    public void A_field_that_a_newer_sender_adds_is_passed_over(string message)
    {
        var type = TypeOf(message);
        var sample = JsonNode.Parse(File.ReadAllText(SampleOf(type)))!;
        sample["addedLater"] = new JsonObject { ["x"] = 1 };

        Assert.NotNull(JsonSerializer.Deserialize(sample, type, MessageTypes.Json));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Null_in_an_optional_field_says_what_leaving_it_out_says(string message)
    {
        var type = TypeOf(message);
        var sample = JsonNode.Parse(File.ReadAllText(SampleOf(type)))!;

        Assert.Equal(Read(WithOptional(type, sample, leftOut: true)), Read(WithOptional(type, sample, leftOut: false)));

        string Read(JsonNode json) => CanonicalJson.Of(JsonSerializer.SerializeToNode(JsonSerializer.Deserialize(json, type, MessageTypes.Json)!, type)!);
    }

    // The same with every optional field left out, or null; in what it holds too.
    private static JsonNode WithOptional(Type type, JsonNode json, bool leftOut)
    {
        if (json is JsonArray list)
        {
            var item = type.IsGenericType ? type.GetGenericArguments()[0] : type;
            return new JsonArray([.. list.Select(i => i is null ? null : WithOptional(item, i, leftOut))]);
        }

        var copy = json.DeepClone();
        if (copy is JsonObject fields)
        {
            foreach (var field in type.GetConstructors().SelectMany(c => c.GetParameters()).Where(p => fields.ContainsKey(Camel(p.Name!))))
            {
                var name = Camel(field.Name!);
                if (!field.HasDefaultValue)
                {
                    fields[name] = fields[name] is { } inner ? WithOptional(field.ParameterType, inner, leftOut) : null;
                }
                else if (leftOut)
                {
                    fields.Remove(name);
                }
                else
                {
                    fields[name] = null;
                }
            }
        }

        return copy;
    }

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    [Theory]
    [MemberData(nameof(Messages))]
    public void B08_a_type_that_a_message_names_inside_is_data_and_makes_nothing(string message)
    {
        var type = TypeOf(message);
        var sample = JsonNode.Parse(File.ReadAllText(SampleOf(type)))!.AsObject();
        sample.Insert(0, "$type", "System.Diagnostics.Process, System.Diagnostics.Process");

        Assert.Equal(type, JsonSerializer.Deserialize(sample, type, MessageTypes.Json)!.GetType());
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void The_wire_name_follows_owner_and_version_and_belongs_to_its_owners_account(string message)
    {
        var type = TypeOf(message);
        var owner = type.Namespace!.Split('.')[^2].ToLowerInvariant();
        Assert.Matches($"^urn:message:grouptherapy:{owner}:[a-z0-9-]+:v1$", MessageTypes.UrnOf(type));
        Assert.StartsWith($"{owner}.", type.GetCustomAttribute<EntityNameAttribute>()!.EntityName);
        Assert.True(type.IsSealed);
    }

    [Fact]
    public void No_sample_outlives_its_message_unseen()
    {
        var known = Types().Select(t => Path.GetFileName(SampleOf(t))).ToHashSet();
        Assert.All(Directory.GetFiles(Samples).Select(Path.GetFileName), file => Assert.Contains(file!, known));
    }

    [Fact]
    [Trait("hostile", "B11")]
    public void No_message_has_room_for_a_persons_words_or_address()
    {
        // Names that hold personal data wherever they appear. A facilitator's professional name and a group's public title are public by their nature.
        string[] personal = ["email", "legalname", "phone", "dateofbirth", "text", "reason", "note", "address", "alias"];
        // A practice's crisis lines and consent texts are its public words.
        var allowed = new HashSet<string>
        {
            "SeatReleased.Reason",
            "EnrollmentEnded.Reason",
            "SessionEnded.Reason",
            "PermitReason.Text",
            "PracticeCrisisLine.Phone",
            "PracticeConsent.Text",
        };
        var found = typeof(SeatReserved)
            .Assembly.GetExportedTypes()
            .SelectMany(t => t.GetProperties().Select(p => $"{t.Name}.{p.Name}"))
            .Where(name => personal.Contains(name.Split('.')[1].ToLowerInvariant()) && !allowed.Contains(name));
        Assert.Empty(found);
    }
}
