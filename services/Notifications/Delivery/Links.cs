using GroupTherapy.Notifications.Domain;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>Addresses in mails: the public address and a page, nothing that says what it is about.</summary>
public sealed class Links(IConfiguration configuration)
{
    private readonly string _public = (configuration["Public:Url"] ?? configuration["Gateway:Address"] ?? "http://127.0.0.1:8080").TrimEnd('/');

    public string Settings => $"{_public}/account/notifications";

    public string Of(MailKind kind) => $"{_public}/{(kind == MailKinds.SeatReleased || kind == MailKinds.OfferExpired ? "groups" : "")}";

    public string Unsubscribe(string token) => $"{_public}/api/notifications/unsubscribe/{token}";
}
