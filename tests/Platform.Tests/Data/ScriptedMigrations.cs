using System.Reflection;
using System.Text;

namespace GroupTherapy.Platform.Tests.Data;

/// <summary>An assembly that carries exactly these files.</summary>
internal sealed class ScriptedMigrations(params (string Name, string Sql)[] files) : Assembly
{
    public override string[] GetManifestResourceNames() => [.. files.Select(f => $"Some.Migrations.{f.Name}")];

    public override Stream? GetManifestResourceStream(string name) =>
        new MemoryStream(Encoding.UTF8.GetBytes(files.Single(f => name.EndsWith(f.Name, StringComparison.Ordinal)).Sql));
}
