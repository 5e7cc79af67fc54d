using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads and writes consent documents.</summary>
internal static class ConsentStore
{
    /// <summary>All texts in force, common ones and those of practices, in the order they are read.</summary>
    public const string InForceSql = """
        select document, version, title, text, practice from consent_documents where current
        order by array_position(array['telehealth', 'group-confidentiality', 'no-recording', 'group-rules', 'part-2'], document), practice
        """;

    /// <summary>Puts a practice's own text in force under the document's next number, when it says something else than the one in force.</summary>
    public static async Task SaveAsync(UnitOfWork work, string practice, string document, string title, string text)
    {
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('consent-documents', 1))");
        if (
            await work.FirstOrDefaultAsync<bool>(
                """
                select (title, text) = (@title, @text) from consent_documents where current and document = @document and practice in ('', @practice)
                order by practice desc limit 1
                """,
                new
                {
                    practice,
                    document,
                    title,
                    text,
                }
            )
        )
        {
            return;
        }

        await work.ExecuteAsync(
            """
            update consent_documents set current = false where current and document = @document and practice = @practice;
            insert into consent_documents (document, version, title, text, current, practice)
            select @document, coalesce(max(version), 0) + 1, @title, @text, true, @practice from consent_documents where document = @document
            """,
            new
            {
                practice,
                document,
                title,
                text,
            }
        );
        work.Audit("consent-document.changed", data: new { practice, document });
    }
}
