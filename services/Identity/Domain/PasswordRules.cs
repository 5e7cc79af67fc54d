using System.Text;

namespace GroupTherapy.Identity.Domain;

/// <summary>
/// NIST SP 800-63B-4 for a password that is the only factor: 15 characters at least, long ones allowed, no composition rules, nothing on a
/// list of common passwords and nothing that repeats the account. Characters are Unicode scalar values in normal form C.
/// </summary>
public static class PasswordRules
{
    public const int Shortest = 15;
    public const int Longest = 128;

    /// <summary>A guesser tries the place's name first.</summary>
    private static readonly string[] OfTheProduct = ["grouptherapy", "group therapy", "grouport", "therapy", "session", "facilitator"];

    /// <summary>The form in which passwords are hashed: "é" is one password, however a keyboard composes it.</summary>
    public static string Normal(string password)
    {
        try
        {
            return password.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            // Half a character: it is compared as it is.
            return password;
        }
    }

    /// <returns>The fault, or null.</returns>
    public static string? Fault(string? password, string? email, string? displayName)
    {
        password = password is null ? null : Normal(password);
        var length = password?.EnumerateRunes().Count() ?? 0;
        if (password is null || length < Shortest)
        {
            return $"At least {Shortest} characters. A sentence is fine.";
        }

        if (length > Longest)
        {
            return $"At most {Longest} characters.";
        }

        var folded = password.ToLowerInvariant();
        return IsCommon(folded) ? "This password is known too well. Please choose another."
            : CommonPasswords.IsGuessable(password, [.. OfTheProduct, .. OwnWords(email), .. OwnWords(displayName)])
                ? "This password is too easy to guess. A sentence that only you would say is a good one."
            : Repeats(folded, email) || Repeats(folded, displayName) ? "Please do not use your own name or e-mail as the password."
            : null;
    }

    private static bool IsCommon(string folded)
    {
        // "password1234567" is "password": characters added to reach the length do not count.
        var stem = folded.TrimEnd("0123456789!?.-_ #*$@".ToCharArray());
        return CommonPasswords.Contains(folded) || CommonPasswords.Contains(stem) || folded.Distinct().Count() < 4 || IsRun(folded) || IsRepetition(folded);
    }

    /// <summary>123456789012345, abcdefghijklmno: each character is the one after its predecessor; 9 is followed by 0, z by a.</summary>
    private static bool IsRun(string text)
    {
        static bool Follows(char a, char b) => b == a + 1 || (a, b) is ('9', '0') or ('z', 'a');
        var (up, down) = (true, true);
        for (var i = 1; i < text.Length; i++)
        {
            up &= Follows(text[i - 1], text[i]);
            down &= Follows(text[i], text[i - 1]);
        }

        return up || down;
    }

    /// <summary>A common word again and again: "passwordpassword".</summary>
    private static bool IsRepetition(string text)
    {
        for (var unit = 1; unit <= text.Length / 2; unit++)
        {
            if (text.Length % unit == 0 && CommonPasswords.Contains(text[..unit]) && string.Concat(Enumerable.Repeat(text[..unit], text.Length / unit)) == text)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Repeats(string folded, string? own) =>
        own is { Length: >= 8 } && folded.Contains(own.ToLowerInvariant(), StringComparison.Ordinal) && folded.Length < own.Length + 8;

    private static string[] OwnWords(string? own) =>
        own?.ToLowerInvariant().Split(['@', '.', ' ', '-', '_', '+'], StringSplitOptions.RemoveEmptyEntries).Where(w => w.Length >= 3).ToArray() ?? [];
}
