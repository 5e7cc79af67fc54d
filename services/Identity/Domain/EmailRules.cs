using System.Text.RegularExpressions;

namespace GroupTherapy.Identity.Domain;

/// <summary>
/// Which addresses are accepted: one <c>@</c>, a dot-atom of RFC 5321 before it (64 characters at most), a host name of two labels or more after it,
/// 254 characters in all. Quoted local parts and address literals are legal and refused: they are not in use, and they break software that reads addresses.
/// </summary>
public static partial class EmailRules
{
    /// <summary>Without the spaces that a keyboard adds. A line feed is no space: it stays, and is refused.</summary>
    public static string? Trim(string? email) => email?.Trim(' ');

    public static bool IsValid(string? email) => email is { Length: <= 254 } && Form().IsMatch(email) && email.IndexOf('@', StringComparison.Ordinal) <= 64;

    [GeneratedRegex(
        @"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
            + @"[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Form();
}
