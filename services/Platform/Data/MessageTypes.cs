using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using MassTransit;

namespace GroupTherapy.Platform.Data;

/// <summary>The wire name of every message. Only types with an explicit URN may travel: a moved namespace must never rename a message.</summary>
public static class MessageTypes
{
    private static readonly ConcurrentDictionary<Type, string> Urns = new();
    private static readonly ConcurrentDictionary<string, Type> ByUrn = new();

    public static JsonSerializerOptions Json { get; } = TolerantNulls.Apply(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static string UrnOf(Type type) =>
        Urns.GetOrAdd(
            type,
            static t =>
            {
                var urn =
                    t.GetCustomAttribute<MessageUrnAttribute>()?.Urn.ToString()
                    ?? throw new InvalidOperationException($"{t.Name} has no MessageUrn and must not travel.");
                ByUrn[urn] = t;
                return urn;
            }
        );

    /// <summary>Makes the messages of an assembly readable by name, before the relay of a restarted process meets them in its outbox.</summary>
    public static void Register(Assembly assembly)
    {
        foreach (var type in assembly.GetExportedTypes().Where(t => t.IsDefined(typeof(MessageUrnAttribute), false)))
        {
            UrnOf(type);
        }
    }

    public static Type TypeOf(string urn) =>
        ByUrn.TryGetValue(urn, out var type) ? type : throw new InvalidOperationException($"No message is known as {urn}.");
}
