using System.Text.Json;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Answers that are on record.</summary>
internal static class StoredDecisions
{
    public static Decision Read(string answer) => JsonSerializer.Deserialize<Decision>(answer, LicensingJson.Options)!;

    public static async Task<Decision?> AnswerAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<string>("select answer from decisions where id = @id", new { id }) is { } answer ? Read(answer) : null;
}
