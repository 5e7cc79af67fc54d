using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>Rows that are kept for a while after they ended, and are then deleted.</summary>
internal static class TraceStore
{
    /// <summary>
    /// Sign-ins with their tokens, invitations, mails and failed attempts a day after their end, so that a late question has an answer; unanswered challenges
    /// at once; browsers that were not used for a year.
    /// </summary>
    public static Task RemoveAsync(UnitOfWork work) =>
        work.ExecuteAsync(
            """
            delete from sign_ins where ends_at <= @dayAgo;
            delete from invitations where expires_at <= @dayAgo;
            delete from mails where expires_at <= @dayAgo;
            delete from password_attempts where since <= @dayAgo and (locked_until is null or locked_until <= @Now);
            delete from passkey_challenges where expires_at <= @Now;
            delete from external_sign_ins where expires_at <= @Now;
            delete from known_devices where last_used_at <= @yearAgo
            """,
            new
            {
                work.Now,
                dayAgo = work.Now.AddDays(-1),
                yearAgo = work.Now.AddYears(-1),
            }
        );
}
