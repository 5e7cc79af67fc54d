namespace GroupTherapy.Host.Options;

/// <summary>The server that mails are handed to, from <c>--smtp</c>.</summary>
/// <param name="Security"><c>starttls</c>, <c>tls</c> from the first byte, or <c>none</c> on this machine.</param>
/// <param name="User">Null where the server asks for none.</param>
/// <param name="PasswordFile">The file with its password: it is read at each start, and its content is in no argument and no log.</param>
/// <param name="From">The sender's address.</param>
public sealed record SmtpServer(string Host, int Port, string Security, string? User, string? PasswordFile, string From);
