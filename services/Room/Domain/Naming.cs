namespace GroupTherapy.Room.Domain;

/// <summary>Gives participants their names: each name is used by one participant of a session, and members do not take the facilitators' names.</summary>
internal static class Naming
{
    public static readonly Refusal OfStaff = Refusal.BadRequest("That is the name of a person who leads the group. Choose another.");

    /// <returns>The name; null when a member wished for the name of a facilitator.</returns>
    public static string? Choose(RoomDraft room, Participant me, string? wish)
    {
        var staff = room.State.Staff.Keys.Where(room.Facts.Names.ContainsKey).Select(account => (Account: account, Text: room.Facts.Names[account])).ToList();
        var others = room.Participants.Where(p => p.Alias is not null && p.AccountId != me.AccountId).ToList();
        if (wish is not null && !me.IsFacilitator && AliasRules.IsOfStaff(wish, [.. others.Where(p => p.IsFacilitator).Select(p => p.Alias!),
            .. staff.Select(s => s.Text)]))
        {
            return null;
        }

        List<string> taken = [.. others.Select(p => p.Alias!), .. staff.Where(s => s.Account != me.AccountId).Select(s => s.Text)];
        return wish is not null ? AliasRules.Distinct(wish, taken)
            : me.IsFacilitator ? AliasRules.Fitting(staff.FirstOrDefault(s => s.Account == me.AccountId).Text)
            : AliasRules.Neutral(taken);
    }

    /// <summary>The room hears the new name of a participant who is in it; of one who waits only they themselves and staff do.</summary>
    public static Refusal? Rename(RoomDraft room, Participant me, Rename rename)
    {
        var subject = rename.ParticipantId is { } other && other != me.ParticipantId ? room.Find(other) : me;
        if (subject != me && !me.IsStaff)
        {
            return Refusal.NotAllowed;
        }

        if (subject is not { Admission: Admissions.In or Admissions.Waiting, Alias: { } known })
        {
            return Refusal.NotFound;
        }

        if (subject != me && subject.IsFacilitator)
        {
            return Refusal.NotAllowed;
        }

        if (rename.Alias == known)
        {
            return null;
        }

        if (MessageRules.TakeAllowance(me.PostsRefilledAt, MessageRules.PostEvery, MessageRules.Burst, room.Now) is not { } refilledAt)
        {
            return Refusal.TooFast;
        }

        if (Choose(room, subject, rename.Alias) is not { } alias)
        {
            return OfStaff;
        }

        room.Set(me with { PostsRefilledAt = refilledAt });
        if (alias == known)
        {
            return null;
        }

        var renamed = room.Find(subject.ParticipantId)! with { Alias = alias };
        room.Set(renamed);
        var by = subject == me ? renamed.Actor : me.Actor;
        if (renamed.IsIn)
        {
            room.Append(Streams.Room, Kinds.Renamed, by, new EventData.Named(renamed.ParticipantId, alias));
        }
        else if (renamed.Present)
        {
            room.Append(Streams.Private(renamed.ParticipantId), Kinds.Waiting, by, EventData.Waiting.Of(room, renamed));
        }

        room.Audit("participant.renamed", renamed.AccountId);
        return null;
    }
}
