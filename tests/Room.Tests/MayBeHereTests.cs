using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>The rule of who may be in a room, and the query that finds connections whose people may not.</summary>
public sealed class MayBeHereTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private static readonly string[]?[] Roles = [null, [], ["member"], ["facilitator"], ["member", "facilitator"]];
    private static readonly string[]?[] Practices = [null, [], ["grouport"], ["chicago"]];

    private RoomWorld World => nodes.World;

    /// <param name="PermitEnds">Seconds from now; null for a permit without an end.</param>
    private sealed record Person(string Role, string[]? Roles, string[]? FacilitatorIn, bool IsOfStaff, bool PermitLost, int? PermitEnds, bool Crisis)
    {
        public Guid Id { get; } = Guid.CreateVersion7();

        public override string ToString() =>
            $"{Role}, roles {Of(Roles)}, facilitator in {Of(FacilitatorIn)}, of staff {IsOfStaff}, lost {PermitLost}, ends {PermitEnds}, crisis {Crisis}";

        private static string Of(string[]? many) => many is null ? "unknown" : $"[{string.Join(' ', many)}]";
    }

    [Fact]
    public async Task The_query_ends_the_connections_of_exactly_those_whom_the_rule_keeps_out()
    {
        var evening = await World.EveningAsync();
        var (lease, times) = (new NodeLease(RoomTimes.Default), RoomTimes.Default);
        Person[] people =
        [
            .. from roles in Roles
            from practices in roles is null ? [null] : Practices
            from lost in new[] { false, true }
            from ends in new int?[] { null, 3600, -10, -3600 }
            from crisis in new[] { false, true }
            select new Person("member", roles, practices, false, lost, ends, crisis),
            .. from role in new[] { "lead", "co_facilitator", "observer" }
            from roles in Roles
            from practices in roles is null ? [null] : Practices
            from isOfStaff in new[] { false, true }
            from lost in new[] { false, true }
            select new Person(role, roles, practices, isOfStaff, lost, null, false),
        ];
        await InsertAsync(evening, lease, people);

        var ended = (await new NodeStore(World.Db, lease, times).ConnectionsToEndAsync(default)).Select(c => c.ConnectionId).ToHashSet();
        await using var work = await World.Db.BeginAsync(Caller.System("room"));
        var plan = new LoadPlan();
        plan.Sessions.Add(evening.Session);
        var room = (await new RoomLoader(World.A.Get<RoomKeys>(), lease, times).LoadAsync(work, plan, "10s")).Rooms[evening.Session];

        var may = people.ToLookup(p => Access.MayBeHere(room, room.Find(p.Id)!, work.Now));
        Assert.DoesNotContain(may[true], p => ended.Contains($"{p.Id}"));
        Assert.DoesNotContain(may[false], p => !ended.Contains($"{p.Id}"));
        Assert.InRange(may[true].Count(), 50, people.Length - 50);
    }

    [Fact]
    public async Task A_member_whose_role_has_ended_cannot_spend_the_ticket_from_before()
    {
        var evening = await World.EveningAsync();
        var member = await evening.MemberAsync();
        var ticket = await evening.TicketAsync(member);
        await World.DeliverAsync<CloseConnectionsWhenRolesChanged, RolesChanged>(new(member, [], [], 2, World.Clock.GetUtcNow()));
        await using var client = await evening.ConnectAsync(member);
        Assert.Equal("ticket-invalid", await client.RefusedAsync("Enter", new { ticket }));
    }

    private async Task InsertAsync(Evening evening, NodeLease lease, Person[] people)
    {
        await using var work = await World.Db.BeginAsync(Caller.System("test"));
        foreach (var p in people)
        {
            await work.ExecuteAsync(
                """
                insert into participants (session_id, participant_id, account_id, role, admission, present, permit_lost, permit_until, crisis)
                values (@Session, @Id, @Id, @Role, 'in', true, @PermitLost, @until, @Crisis);
                insert into connections (connection_id, session_id, participant_id, node_id, sign_in_id, sign_in_ends_at, entered_at)
                values (@Id::text, @Session, @Id, @NodeId, @Id, 'infinity', @Now);
                insert into account_roles (account_id, roles, facilitator_in, version) select @Id, @Roles, @FacilitatorIn, 1 where @Roles::text[] is not null;
                insert into session_staff (session_id, account_id, role) select @Session, @Id, 'co_facilitator' where @IsOfStaff;
                """,
                new
                {
                    evening.Session,
                    lease.NodeId,
                    p.Id,
                    p.Role,
                    p.Roles,
                    p.FacilitatorIn,
                    p.IsOfStaff,
                    p.PermitLost,
                    until = p.PermitEnds is { } seconds ? work.Now.AddSeconds(seconds) : (DateTimeOffset?)null,
                    p.Crisis,
                    work.Now,
                }
            );
        }

        // The lease lasts, so that no other node takes the connections for those of a dead one.
        await work.ExecuteAsync("insert into nodes (node_id, lease_until) values (@NodeId, clock_timestamp() + interval '1 hour')", new { lease.NodeId });
        await work.CommitAsync();
    }
}
