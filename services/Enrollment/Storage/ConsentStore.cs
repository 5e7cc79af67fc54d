namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads consent documents.</summary>
internal static class ConsentStore
{
    /// <summary>All texts in force, in the order they are read.</summary>
    public const string InForceSql =
        """
        select document, version, title, text from consent_documents where current
        order by array_position(array['telehealth', 'group-confidentiality', 'no-recording', 'group-rules', 'part-2'], document)
        """;
}
