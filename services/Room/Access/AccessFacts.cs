using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Access;

/// <summary>What is true of somebody who acts beside the rows of their session and of themselves, and the versions of all rows that a decision about them comes from.</summary>
/// <param name="N">Their place among those who were asked about, from 1.</param>
internal sealed record AccessFacts(
    long N, bool Connected, bool Ending, bool Closing, bool Revoked, bool OfStaff, bool HasRole, string SessionVersion, string OwnVersion, string OtherVersions)
{
    /// <summary>The facts of each <c>a</c> with their row of <c>participants</c>; to be read after the sessions were locked.</summary>
    internal const string Sql =
        $"""
         select a.n,
                c.connection_id is not null and c.ending is null and {ServedSql} as connected,
                c.ending is not null as ending,
                c.closes_at is not null as closing,
                v.revoked_id is not null as revoked,
                f.staff_id is not null as of_staff,
                coalesce(case when p.role = 'member' then @member else @facilitator end = any (r.roles), true) as has_role,
                {SessionVersionSql} as session_version, {OwnVersionSql} as own_version, {OtherVersionsSql} as other_versions,
                {ParticipantRow.Columns}
         from unnest(@sessionIds, @participantIds, @connectionIds, @signInIds, @terms) with ordinality as a (session_id, participant, connection, sign_in, term, n) {RowsSql}
         """;

    /// <summary>Whether nothing is different for <c>a</c> from what its versions say, and this node's lease of its term counts; to be asked after the sessions were locked.</summary>
    internal const string UnchangedSql =
        $"{SessionVersionSql} = a.session_version and {OwnVersionSql} = a.own_version and {OtherVersionsSql} = a.other_versions and {ServedSql}";

    /// <summary>All rows that are read about <c>a</c>, each by its key. Whatever a rule is to know of has to be here, and in a version. Instants that pass are no rows: the rules have the clock.</summary>
    internal const string RowsSql =
        """
        join sessions s on s.session_id = a.session_id
        join participants p on p.session_id = a.session_id and p.participant_id = a.participant
        left join (select connection_id, node_id, ending, closes_at, xmin as version from connections) c on c.connection_id = a.connection and c.node_id = @NodeId
        left join (select session_id, account_id as staff_id, xmin as version from session_staff) f on f.session_id = p.session_id and f.staff_id = p.account_id
        left join (select account_id as holder_id, roles, xmin as version from account_roles) r on r.holder_id = p.account_id
        left join (select sign_in_id as revoked_id from revoked_sign_ins) v on v.revoked_id = a.sign_in
        """;

    // A row's xmin is the transaction that wrote it: as long as it is the same, so is every column.
    private const string SessionVersionSql = "s.xmin::text";
    private const string OwnVersionSql = "p.xmin::text";

    // Of a row that is not there: nothing, which is a version too.
    private const string OtherVersionsSql = "row(c.version, f.version, r.version, v.revoked_id is not null)::text";
    private const string ServedSql = $"exists (select 1 from nodes n where n.node_id = @NodeId and n.term = a.term and {NodeLease.Counts})";
}
