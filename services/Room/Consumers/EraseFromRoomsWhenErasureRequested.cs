using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Room.Consumers;

/// <summary>A person wants to be erased: from the rooms, as soon as their sessions are over.</summary>
public sealed class EraseFromRoomsWhenErasureRequested(Db db) : EraseWhenRequested(db);
