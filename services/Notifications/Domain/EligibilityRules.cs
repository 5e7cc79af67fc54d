namespace GroupTherapy.Notifications.Domain;

/// <summary>Which mail a changed answer for a coming session is worth. Pure.</summary>
public static class EligibilityRules
{
    /// <param name="outcome">Of a licensing decision: <c>allow</c>, <c>allow_with_conditions</c>, <c>hold</c> or <c>deny</c>.</param>
    public static bool LetsIn(string outcome) => outcome is "allow" or "allow_with_conditions";

    /// <param name="wasToldOtherwise">The mail that they cannot join went out, or may have.</param>
    /// <returns>Null for none: good news only corrects bad news.</returns>
    public static MailKind? NoticeOf(bool letsIn, bool wasToldOtherwise) =>
        !letsIn ? MailKinds.CannotJoin
        : wasToldOtherwise ? MailKinds.CanJoinAgain
        : null;
}
