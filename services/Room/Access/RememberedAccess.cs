using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Access;

/// <summary>
/// What a connection's last act was decided from. It decides nothing by itself: whoever writes because of it asks in the same statement whether the versions still are what
/// they were, and what is refused because of it is looked up anew.
/// </summary>
internal sealed record RememberedAccess(Entry Entry, SessionRow Session, ParticipantRow Me, AccessFacts Facts);
