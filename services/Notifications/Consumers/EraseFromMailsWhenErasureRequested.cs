using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>A person wants to be erased: their wishes, their mails and what tells when to write to them.</summary>
public sealed class EraseFromMailsWhenErasureRequested(Db db) : EraseWhenRequested(db);
