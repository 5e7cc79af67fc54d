using System.Collections.Frozen;
using System.Reflection;

namespace GroupTherapy.Identity.Domain;

/// <summary>
/// How well known a password is. The lists (common passwords, words, names) and the search for them inside a longer text are zxcvbn's; our own list adds the
/// words of this field. Nothing leaves the process.
/// </summary>
internal static class CommonPasswords
{
    /// <summary>Bits that a guesser who knows the lists must try; with fewer a password is one of the first ten million tries.</summary>
    public const double LeastEntropy = 24;

    /// <summary>The search grows with the square of the length; characters after this bound make no password easier.</summary>
    private const int SearchedLength = 48;

    private static readonly string[] Words = Read(typeof(CommonPasswords).Assembly, "common-passwords.txt");

    private static readonly FrozenSet<string> Known = [.. Words, .. Read(typeof(Zxcvbn.Zxcvbn).Assembly, "zxcvbn-core.Dictionaries.passwords.lst")];

    /// <summary>Holds the lists; it does not keep the passwords it checks.</summary>
    private static readonly Zxcvbn.Zxcvbn Search = new(default(Zxcvbn.Translation));

    /// <param name="folded">In lower case.</param>
    public static bool Contains(string folded) => Known.Contains(folded);

    /// <param name="own">Words of the account and of the product, which a guesser knows too.</param>
    public static bool IsGuessable(string password, IEnumerable<string> own)
    {
        var text = password.Length > SearchedLength ? password[..SearchedLength] : password;
        return Search.EvaluatePassword(text, [.. own, .. Words]).Entropy < LeastEntropy;
    }

    private static string[] Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
