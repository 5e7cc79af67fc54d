using System.Globalization;

namespace GroupTherapy.Enrollment.Tests.Machine;

internal sealed partial class SeatModel
{
    private void End(int i, string reason, string who)
    {
        var s = _stays[i];
        if (!s.IsLive)
        {
            return;
        }

        Become(i, s with { Status = "ended", EndReason = reason, IsDue = false });
        Audit("ended", i);
        if (s.Status is "waitlisted" or "held" or "offered")
        {
            Log(i, who, reason == "offer-expired" ? reason : $"left {reason}");
        }

        Tell(s.Status == "enrolled" ? "EnrollmentEnded" : "SeatReleased", i, reason);
        if (s.HasSeat)
        {
            GiveBack(s.Group, who);
        }
    }

    private void GiveBack(int g, string who)
    {
        Seats(g, -1);
        OfferToLine(g, who);
    }

    private void OfferToLine(int g, string who)
    {
        while (!_groups[g].Closed && _groups[g].Taken < _groups[g].Capacity && Line(g).Where(MayBeAsked).Select(i => (int?)i).FirstOrDefault() is { } i)
        {
            var (s, law) = (_stays[i], _people[_stays[i].Person]);
            if (law == Law.Yes)
            {
                Seats(g, +1);
                Become(i, s with { Status = "offered", Deadline = Now + Offer, PassedUntil = null, Answer = Law.Yes });
                Audit("waitlist.offered", i);
                Log(i, who, "offered");
                SayWhoStoodBefore(g, i, who);
                Tell("WaitlistOffered", i);
            }
            else if (s.Answer == law)
            {
                _stays[i] = s with { PassedUntil = Now + PassedFor };
            }
            else
            {
                _stays[i] = s with { PassedUntil = Now + PassedFor, Answer = law, ChangedAt = Now };
                Audit("waitlist.passed-over", i);
                Log(i, who, $"passed-over {Why(law)}");
            }
        }
    }

    private void SayWhoStoodBefore(int g, int before, string who)
    {
        foreach (var w in Line(g).Where(w => w < before))
        {
            if (IsDueInLine(w) && Unconfirmed(_stays[w].Person) >= 2)
            {
                Log(w, who, "passed-over unconfirmed");
            }
            else if (!IsDueInLine(w) && _stays[w].ChangedAt < Now)
            {
                Log(w, who, $"passed-over {Why(_stays[w].Answer)}");
            }
        }
    }

    private static string Why(Law law) => law == Law.Unclear ? "unclear" : "not-eligible";

    private void Expire(int i)
    {
        var s = _stays[i];
        if (s.Status != "enrolled")
        {
            End(i, s.Status == "reserved" ? "expired" : "offer-expired", Worker);
        }
        else if (_people[s.Person] == Law.Yes)
        {
            Keep(i, s with { GraceUntil = null, ReviewSince = null, Answer = Law.Yes });
        }
        else
        {
            End(i, "moved", Worker);
        }
    }

    private void Look(int i)
    {
        var (s, law) = (_stays[i] with { IsDue = false }, _people[_stays[i].Person]);
        _stays[i] = s;
        if (s.GraceUntil <= Now)
        {
            return;
        }

        var after = law switch
        {
            Law.No => s with { GraceUntil = s.GraceUntil ?? Now + Grace, ReviewSince = null },
            Law.Unclear => s with { ReviewSince = s.ReviewSince ?? Now },
            _ => s with { GraceUntil = null, ReviewSince = null },
        };
        if (after != s || law != s.Answer)
        {
            Keep(i, after with { Answer = law });
        }
    }

    private void Keep(int i, ModelStay after)
    {
        var before = _stays[i];
        Become(i, after with { HasStanding = true });
        Audit("reconsidered", i);
        Tell("EnrollmentReconsidered", i, $"{after.Answer}");
        if (after.GraceUntil is not null && before.GraceUntil is null)
        {
            Tell("SeatGraceStarted", i);
        }
        else if (after.GraceUntil is null && before.GraceUntil is not null)
        {
            Tell("SeatGraceEnded", i);
        }
    }
}
