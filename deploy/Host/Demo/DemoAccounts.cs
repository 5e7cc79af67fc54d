namespace GroupTherapy.Host.Demo;

/// <summary>The demonstration accounts. Identity makes them; they exist only where demonstration data was asked for.</summary>
public static class DemoAccounts
{
    public const string Password = "Correct-Horse-9-Battery";
    public const string Operator = "operator@demo.test";

    public static readonly IReadOnlyList<(string Who, IReadOnlyList<string> Accounts)> ByRole =
    [
        ("operators", [Operator, "operator2@demo.test"]),
        ("facilitators", ["ana@demo.test", "ben@demo.test", "cara@demo.test", "dee@demo.test", "eli@demo.test"]),
        ("members", ["maya@demo.test (US-FL)", "nora@demo.test (US-NY)", "joe@demo.test (US-NJ)", "tex@demo.test (US-TX)"]),
    ];
}
