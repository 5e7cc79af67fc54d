using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>A person wants to be erased: from the plan.</summary>
public sealed class EraseFromPlanWhenErasureRequested(Db db) : EraseWhenRequested(db);
