using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Consumers;

/// <summary>A person wants to be erased: from profiles, and from every seat and line.</summary>
public sealed class EraseMemberWhenErasureRequested(Db db) : EraseWhenRequested(db);
