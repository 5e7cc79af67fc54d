using MassTransit;

namespace GroupTherapy.Contracts.Identity.V1;

/// <summary>A mail about an account waits at Identity. Address, language and link are asked for at the moment of sending; none of them is on the bus.</summary>
/// <param name="MailId">The id for <c>GET /internal/mails/{id}</c>, which answers while the mail is worth sending.</param>
/// <param name="Kind">One of <see cref="MailKinds"/>.</param>
[MessageUrn("grouptherapy:identity:mail-requested:v1")]
[EntityName("identity.mail-requested.v1")]
public sealed record MailRequested(Guid MailId, string Kind);
