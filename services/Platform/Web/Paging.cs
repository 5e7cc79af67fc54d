using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Platform.Web;

/// <summary>One page of a list.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary><c>?limit=&amp;cursor=</c>: 1 to 500 (more counts as 500), 50 unless told; a cursor of another list or filter is refused.</summary>
/// <param name="After">The parts of the last row seen; empty at the start.</param>
/// <param name="List">The list and its filter; a cursor belongs to them.</param>
public sealed record Paging(int Limit, IReadOnlyList<string> After, string List = "")
{
    private const int Largest = 500;

    public static ValueTask<Paging?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var limit = 50;
        if (context.Request.Query["limit"] is { Count: > 0 } asked)
        {
            if (asked.Count != 1 || asked[0] is not { Length: > 0 } digits || !digits.All(char.IsAsciiDigit) || digits.All(d => d == '0'))
            {
                throw new FieldException("limit", "A whole number from 1 to 500.");
            }

            limit = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, Largest) : Largest;
        }

        var list = ListOf(context.Request);
        IReadOnlyList<string> after = [];
        if (context.Request.Query["cursor"] is { Count: > 0 } cursor && !Cursor.TryDecode(cursor.ToString(), out after, list))
        {
            throw new FieldException("cursor", "This is not a cursor of this list.");
        }

        return ValueTask.FromResult<Paging?>(new Paging(limit, after, list));
    }

    /// <summary>Makes a page from one row more than asked for.</summary>
    public Page<T> PageOf<T>(IReadOnlyList<T> rows, Func<T, IEnumerable<string>> position) =>
        rows.Count <= Limit ? new Page<T>(rows, null) : new Page<T>([.. rows.Take(Limit)], CursorAt(position(rows[Limit - 1])));

    /// <summary>The cursor of this list after the row at <paramref name="position"/>.</summary>
    public string CursorAt(IEnumerable<string> position) => Cursor.Encode(position, List);

    // "after" is a position too, of lists that count their items.
    private static string ListOf(HttpRequest request) =>
        string.Join(
            '\u001f',
            request
                .Query.Where(q => q.Key is not ("limit" or "cursor" or "after"))
                .OrderBy(q => q.Key, StringComparer.Ordinal)
                .Select(q => $"{q.Key}={q.Value}")
                .Prepend(request.Path.Value)
        );

    /// <summary>The n-th part of the cursor as an id, or null at the start.</summary>
    public Guid? AfterId(int part = 0) =>
        After.Count == 0 ? null
        : After.Count > part && Guid.TryParse(After[part], out var id) ? id
        : throw new FieldException("cursor", "This is not a cursor of this list.");

    /// <summary>The n-th part of the cursor as an instant, or null at the start.</summary>
    public DateTimeOffset? AfterInstant(int part = 0) =>
        After.Count == 0 ? null
        : After.Count > part && InstantConverter.TryParse(After[part], out var at) ? at
        : throw new FieldException("cursor", "This is not a cursor of this list.");
}

/// <summary>Opaque positions. The check bytes catch damage and another list's cursors; they keep no secret.</summary>
public static class Cursor
{
    public static string Encode(IEnumerable<string> parts, string list = "")
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\u001f', parts));
        return Base64UrlEncoder.Encode([.. Check(bytes, list), .. bytes]);
    }

    public static bool TryDecode(string text, out IReadOnlyList<string> parts, string list = "")
    {
        parts = [];
        try
        {
            var bytes = Base64UrlEncoder.DecodeBytes(text);
            if (text.Length > 1024 || bytes.Length < 5 || !Check(bytes[4..], list).AsSpan().SequenceEqual(bytes.AsSpan(0, 4)))
            {
                return false;
            }

            parts = Encoding.UTF8.GetString(bytes.AsSpan(4)).Split('\u001f');
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static byte[] Check(byte[] bytes, string list) => SHA256.HashData([.. Encoding.UTF8.GetBytes(list), 0, .. bytes])[..4];
}
