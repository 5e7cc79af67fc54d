namespace GroupTherapy.Notifications.Delivery;

/// <summary>Lays mails into a folder as <c>.eml</c>, for a demonstration without an SMTP server. A mail that comes twice is one file.</summary>
public sealed class FolderChannel(MailSettings settings, TimeProvider clock) : IChannel
{
    public async Task<DeliveryResult> DeliverAsync(Letter letter, CancellationToken ct)
    {
        var folder = settings.Folder ?? throw new InvalidOperationException("Neither Mail:Smtp:Host nor Mail:Folder is set.");
        using var message = Mime.Of(letter, settings, clock.GetUtcNow());
        if (message is null)
        {
            return new DeliveryResult(Outcome.BadAddress, "not-an-address");
        }

        try
        {
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            // Readers see whole mails only.
            var (file, half) = (Path.Combine(folder, $"{letter.Id}.eml"), Path.Combine(folder, $".{letter.Id}"));
            await using (var stream = File.Create(half))
            {
                await message.WriteToAsync(stream, ct);
            }

            File.Move(half, file, overwrite: true);
            return new DeliveryResult(Outcome.Accepted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new DeliveryResult(Outcome.ServerAway, "folder");
        }
    }
}
