using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>The content that a practice starts with. The consent texts are the common ones that Enrollment begins with too.</summary>
public static class PracticeDefaults
{
    public const string TimeZone = "America/New_York";

    public static readonly string[] Topics =
    [
        "anger-management",
        "anxiety",
        "borderline-personality",
        "chronic-illness",
        "depression",
        "dialectical-behavior-therapy",
        "grief-and-loss",
        "obsessive-compulsive-disorder",
        "relationship-issues",
        "trauma-and-ptsd",
        "dbt-skills",
    ];

    public static readonly GroupPolicies Policies = GroupRules.DefaultPolicies(capacity: 2);

    public static readonly PracticeContact Contact = new(null, null, null);

    public static readonly IReadOnlyList<PracticeCrisisLine> CrisisLines = [new("988 Suicide & Crisis Lifeline", "988")];

    public static readonly IReadOnlyList<PracticeConsent> ConsentDocuments =
    [
        new(
            "telehealth",
            "Meeting by video",
            "Our group meets by video. Video can fail, and it is not right for an emergency: in one, call 911, or call or text 988. I will say "
                + "where I am each time I join, because the law looks at where I am during the session. I can stop at any time."
        ),
        new(
            "group-confidentiality",
            "What is said here stays here",
            "I will not tell anybody outside who is in the group or what they said. The facilitator keeps the same confidence, with the "
                + "exceptions the law makes for danger to somebody. I join from a place where nobody else can listen."
        ),
        new(
            "no-recording",
            "Nothing is recorded",
            "I will not record, photograph or capture any part of a session, and I will not let anybody or any program do it for me. Nothing is "
                + "recorded by the practice either."
        ),
        new(
            "group-rules",
            "How we treat each other",
            "I come on time, I speak for myself, I let others finish, and I respect who they are. The facilitator may mute somebody, ask "
                + "somebody to wait, or remove somebody so that the group stays safe."
        ),
        new(
            "part-2",
            "Records of substance use treatment",
            "Records of this group are protected by 42 CFR Part 2. I agree that the practice may use them for my treatment, for payment and for "
                + "its own operations. I can take this back in writing at any time; what was shared before cannot be unshared."
        ),
    ];
}
