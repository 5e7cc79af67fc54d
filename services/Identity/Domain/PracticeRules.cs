using System.Text.RegularExpressions;

namespace GroupTherapy.Identity.Domain;

/// <summary>The form of a practice's id: 2 to 40 of <c>a-z 0-9 -</c>, a letter first.</summary>
internal static partial class PracticeRules
{
    /// <summary>Keeps the law for all practices. Its operators are made by the deployment alone.</summary>
    public const string Platform = "platform";

    public static bool IsId(string? text) => text is not null && Form().IsMatch(text);

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{1,39}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
