using System.Diagnostics;
using Npgsql;

namespace GroupTherapy.Platform.Work;

/// <summary>An exception without its message, which may repeat what a person wrote: type, SQLSTATE, and the first of our methods on the stack.</summary>
public static class ErrorSummary
{
    public static string Of(Exception exception)
    {
        var state = exception is PostgresException { SqlState: { } code } ? $" {code}" : "";
        var method = new StackTrace(exception)
            .GetFrames()
            .Select(f => f.GetMethod()?.DeclaringType)
            .FirstOrDefault(t => t?.FullName?.StartsWith("GroupTherapy.", StringComparison.Ordinal) == true);
        return $"{exception.GetType().Name}{state}{(method is null ? "" : $" in {(method.DeclaringType ?? method).Name}")}";
    }
}
