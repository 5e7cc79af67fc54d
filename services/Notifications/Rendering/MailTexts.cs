using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Fluid;
using GroupTherapy.Notifications.Domain;

namespace GroupTherapy.Notifications.Rendering;

/// <summary>A rendered mail.</summary>
public sealed record MailText(string Subject, string Plain, string Html);

/// <summary>The data that one mail is rendered from, beside its kind.</summary>
/// <param name="Facts">Several where mails were merged.</param>
/// <param name="Link">Where its button leads.</param>
/// <param name="Settings">Where the person changes their preferences; null for an address without an account.</param>
/// <param name="Unsubscribe">Null for kinds that cannot be switched off.</param>
/// <param name="Practice">The practice's public name, for invitations alone.</param>
public sealed record MailContent(
    IReadOnlyList<MailFacts> Facts,
    Preferences Person,
    string Link,
    string? Settings,
    string? Unsubscribe = null,
    string? Practice = null
);

/// <summary>
/// Renders mails from Liquid templates in files: one file for each kind and language with its subject and its sentences, and one frame each for HTML and for
/// plain text, so that both say the same. A subject is a constant: no value can reach a header.
/// </summary>
public sealed partial class MailTexts
{
    private const string SubjectMark = "Subject: ";
    private static readonly FluidParser Parser = new();
    private static readonly TemplateOptions Options = new();
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All);
    private readonly IFluidTemplate _plain;
    private readonly IFluidTemplate _html;
    private readonly Dictionary<string, Words> _words = [];
    private readonly Dictionary<(string Language, string Kind), (string Subject, IFluidTemplate Body)> _texts = [];

    /// <exception cref="InvalidOperationException">A template is missing, does not parse, or has a value in its subject.</exception>
    public MailTexts()
    {
        (_plain, _html) = (Parse("frame.txt.liquid", Read("frame.txt.liquid")), Parse("frame.html.liquid", Read("frame.html.liquid")));
        foreach (var language in PreferenceRules.Languages)
        {
            _words[language] = Words.Read(Read($"{language}/words.json"));
            foreach (var kind in MailKinds.All)
            {
                var file = $"{language}/{kind.Code}.liquid";
                var lines = Read(file).Split('\n', 2);
                if (!lines[0].StartsWith(SubjectMark, StringComparison.Ordinal) || lines[0].Contains('{', StringComparison.Ordinal) || lines.Length < 2)
                {
                    throw new InvalidOperationException($"{file} must begin with a subject without values.");
                }

                _texts[(language, kind.Code)] = (lines[0][SubjectMark.Length..].Trim(), Parse(file, lines[1]));
            }
        }
    }

    public MailText Render(MailKind kind, MailContent mail)
    {
        var (subject, body) = _texts[(mail.Person.Language, kind.Code)];
        var words = _words[mail.Person.Language];
        var local = new LocalText(words, mail.Person.Zone);
        var sessions = mail.Facts.OrderBy(f => f.StartsAt).DistinctBy(f => f.SessionId).Select(f => Session(f, local)).ToArray();
        var facts = mail.Facts[0];
        var values = new Dictionary<string, object?>
        {
            ["sessions"] = sessions,
            ["session"] = sessions[0],
            ["until_day"] = facts.Until is { } day ? local.Day(day) : null,
            ["until_time"] = facts.Until is { } time ? local.Time(time) : null,
            ["days"] = facts.Days,
            ["count"] = facts.Count,
            ["leads"] = facts.Leads,
            ["in_person"] = facts.InPerson,
            ["new_lead"] = facts.NewLead,
            ["new_venue"] = facts.NewVenue,
            ["practice"] = mail.Practice is null ? null : OneLine(mail.Practice),
            ["link"] = mail.Link,
            // A token stands behind the number sign, where no server sees it.
            ["single_use"] = mail.Link.Contains('#', StringComparison.Ordinal),
        };
        var blocks = Blocks(Render(body, values, NullEncoder.Default));
        var frame = new Dictionary<string, object?>
        {
            ["language"] = mail.Person.Language,
            ["subject"] = subject,
            ["blocks"] = blocks,
            ["why"] = words.Why,
            ["settings"] = mail.Settings,
            ["settings_label"] = words.Settings,
            ["stop"] = mail.Unsubscribe,
            ["stop_label"] = words.Stop,
        };
        return new MailText(subject, Render(_plain, frame, NullEncoder.Default).Trim() + "\n", Render(_html, frame, Encoder));
    }

    /// <summary>A page in one language that needs no values.</summary>
    public string Page(string name, string language) => Read($"{language}/{name}.html");

    private static Dictionary<string, object?> Session(MailFacts f, LocalText local) =>
        new()
        {
            ["day"] = f.StartsAt is { } starts ? local.Day(starts) : null,
            ["time"] = f.StartsAt is { } at ? local.Time(at) : null,
            ["was_day"] = f.Was is { } was ? local.Day(was) : null,
            ["was_time"] = f.Was is { } before ? local.Time(before) : null,
        };

    // Paragraphs stand between empty lines: a button is [label](link) alone, a list has "- " before each line.
    private static Dictionary<string, object?>[] Blocks(string text) =>
        [
            .. Gap()
                .Split(text.Trim())
                .Select(p => p.Trim())
                .Where(p => p.Length > 0)
                .Select(p =>
                    Button().Match(p) is { Success: true } button
                        ? new Dictionary<string, object?> { ["label"] = button.Groups[1].Value, ["url"] = button.Groups[2].Value }
                    : p.StartsWith("- ", StringComparison.Ordinal)
                        ? new Dictionary<string, object?>
                        {
                            ["items"] = p.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 2).Select(l => l[2..]).ToArray(),
                        }
                    : new Dictionary<string, object?> { ["text"] = OneLine(p) }
                ),
        ];

    private static string OneLine(string text) => Blank().Replace(text, " ").Trim();

    private static string Render(IFluidTemplate template, Dictionary<string, object?> values, TextEncoder encoder)
    {
        var context = new TemplateContext(Options);
        foreach (var (name, value) in values)
        {
            context.SetValue(name, value);
        }

        return template.Render(context, encoder);
    }

    private static IFluidTemplate Parse(string file, string text) =>
        Parser.TryParse(text, out var template, out var error) ? template : throw new InvalidOperationException($"{file}: {error}");

    private static string Read(string file)
    {
        using var stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(file) ?? throw new InvalidOperationException($"There is no template {file}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"\n[ \t]*\n")]
    private static partial Regex Gap();

    [GeneratedRegex(@"^\[([^\[\]]+)\]\((https?://[^\s()]+)\)$")]
    private static partial Regex Button();

    [GeneratedRegex(@"[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+")]
    private static partial Regex Blank();
}
