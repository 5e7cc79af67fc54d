using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>A person wants to be erased: their preferences, their mails and the facts that say when to write to them.</summary>
public sealed class EraseFromMailsWhenErasureRequested(Db db) : EraseWhenRequested(db);
