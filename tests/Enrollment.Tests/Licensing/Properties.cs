using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using GroupTherapy.Enrollment.Licensing;
using Xunit;
using Outcome = GroupTherapy.Enrollment.Licensing.Outcome;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>What holds for every world. Each was seen to fail once on a wrong rule planted for it.</summary>
public sealed class Properties
{
    private const int Usual = 1500;
    private static readonly string[] Routes = ["ROUTE_LICENCE", "ROUTE_TELEHEALTH_REGISTRATION", "ROUTE_COMPACT", "ROUTE_TEMPORARY", "ROUTE_NOT_NEEDED"];

    [Fact]
    public void One_more_active_unencumbered_licence_never_makes_an_answer_worse() =>
        Check(
            from world in Worlds.Arbitrary.Generator
            from licence in Worlds.SoundLicence(PlaceIn(world.Request))
            from whose in Gen.Choose(0, world.Request.Facilitators.Count - 1)
            select (world, licence, whose),
            given =>
            {
                var (world, licence, whose) = given;
                FacilitatorFacts[] richer = [.. world.Request.Facilitators.Select((facilitator, at) => at == whose ? facilitator.With(licence) : facilitator)];
                var after = (world with { Request = world.Request with { Facilitators = richer } }).Decide();
                return after.Outcome <= world.Decide().Outcome;
            },
            4000
        );

    [Fact]
    public void Allowed_always_has_a_route_for_the_jurisdiction_at_the_instant() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                var decision = world.Decide();
                if (
                    decision.Outcome > Outcome.AllowWithConditions
                    || decision.Codes().Contains("CRISIS_NEVER_DISCONNECT")
                    || decision.Conditions.Contains("override")
                )
                {
                    return true;
                }

                return Oracle.HasRoute(world) && decision.Codes().Any(Routes.Contains);
            }
        );

    [Fact]
    public void A_route_that_is_there_is_found() =>
        Check(Worlds.Arbitrary.Generator, world => !Oracle.HasRoute(world) || !world.Decide().Codes().Contains("LOCATION_NOT_AUTHORISED"));

    [Fact]
    public void The_next_recheck_is_the_first_instant_at_which_the_answer_differs() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                // Every row and credential of these worlds begins and ends on a full hour.
                var first = world.Request.At;
                var now = world.Decide();
                var end = first.AddDays(75);
                var hour = first.AddMinutes(30);
                for (; hour < end; hour = hour.AddHours(1))
                {
                    if (!Same(now, Later(world, hour)))
                    {
                        break;
                    }
                }

                return hour < end
                    ? now.NextRecheckAt == hour && Same(now, Later(world, hour.AddTicks(-1)))
                    : now.NextRecheckAt is null || now.NextRecheckAt >= end;
            },
            150
        );

    [Fact]
    public void At_the_next_recheck_however_far_the_answer_is_another_one() =>
        Check(
            Worlds.Arbitrary.Generator,
            generated =>
            {
                // Years ahead only those who are grown up stay of the same age in every respect.
                var world = generated with
                {
                    Request = generated.Request.Born("1960-06-15"),
                };
                var now = world.Decide();
                return now.NextRecheckAt is not { } next
                    || (next > world.Request.At && Same(now, Later(world, next.AddTicks(-1))) && !Same(now, Later(world, next)));
            }
        );

    [Fact]
    public void Replay_is_the_identity() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                var stored = LicensingEngine.Inputs(world.Rules, world.Request, world.Request.At);
                var document =
                    world.Rules == SeededRuleSet.Compiled
                        ? Encoding.UTF8.GetBytes(SeededRuleSet.Json)
                        : JsonSerializer.SerializeToUtf8Bytes(world.Rules.Document, LicensingJson.Options);
                var read = JsonSerializer.Deserialize<DecisionInputs>(stored, LicensingJson.Options)!.Request;
                return LicensingEngine.Replay(stored, document).AsSpan().SequenceEqual(LicensingEngine.Answer(world.Decide()))
                    && LicensingEngine.Inputs(world.Rules, read, world.Request.At).AsSpan().SequenceEqual(stored);
            },
            100
        );

    [Fact]
    public void The_order_of_rows_and_credentials_does_not_matter() =>
        Check(
            from world in Worlds.Arbitrary.Generator
            from seed in Gen.Choose(0, int.MaxValue)
            select (world, seed),
            given =>
            {
                var (world, seed) = given;
                var rows = new Random(seed);
                var document = world.Rules.Document;
                var shuffled = CompiledRuleSet.Compile(
                    document with
                    {
                        Jurisdictions = Shuffle(document.Jurisdictions, rows),
                        Professions = Shuffle(document.Professions, rows),
                        LicenceTypes = Shuffle(document.LicenceTypes, rows),
                        ServiceClasses = Shuffle(document.ServiceClasses, rows),
                        RoutePolicies =
                        [
                            .. Shuffle(document.RoutePolicies, rows)
                                .Select(row => row with { ServiceClasses = Shuffle(row.ServiceClasses, rows), Professions = Shuffle(row.Professions, rows) }),
                        ],
                        Compacts = Shuffle(document.Compacts, rows),
                        CompactMembers = Shuffle(document.CompactMembers, rows),
                        ConsentRules = Shuffle(document.ConsentRules, rows),
                        PracticePolicies = [.. Shuffle(document.PracticePolicies, rows).Select(row => row with { Offers = Shuffle(row.Offers, rows) })],
                        PostalHints = Shuffle(document.PostalHints, rows),
                    }
                );
                FacilitatorFacts[] facilitators =
                [
                    .. Shuffle(world.Request.Facilitators, rows).Select(one => one with { Credentials = Shuffle(one.Credentials, rows) }),
                ];
                var other = LicensingEngine.Decide(shuffled, world.Request with { Facilitators = facilitators }, world.Request.At);
                var now = world.Decide();
                return Same(now, other) && now.NextRecheckAt == other.NextRecheckAt;
            },
            80
        );

    [Fact]
    public void Reasons_stand_in_the_order_of_the_codes_and_none_twice() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                var reasons = world.Decide().Reasons;
                var positions = reasons.Select(reason => ReasonCodes.Position(reason.Code)).ToArray();
                return reasons.Count > 0 && positions.SequenceEqual(positions.Order()) && reasons.Distinct().Count() == reasons.Count;
            }
        );

    [Fact]
    public void What_is_missing_never_allows() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                var calm = world.Request with { Member = world.Request.Member with { Crisis = false, Override = null } };
                LicensingRequest[] without =
                [
                    calm with
                    {
                        Member = calm.Member with { DateOfBirth = null },
                    },
                    calm with
                    {
                        Member = Points.IsJoin(calm.Point) ? calm.Member with { Location = null } : calm.Member with { Residence = null },
                    },
                ];
                return without.All(request => LicensingEngine.Decide(world.Rules, request, request.At).Outcome >= Outcome.Hold);
            }
        );

    [Fact]
    public void In_a_crisis_no_member_in_the_room_is_held_or_denied() =>
        Check(
            Worlds.Arbitrary.Generator,
            world => (world with { Request = world.Request.AtPoint(Points.Recheck).InCrisis() }).Decide().Outcome <= Outcome.AllowWithConditions
        );

    [Fact]
    public void What_two_people_decide_lifts_no_known_fact_that_fails() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                var without = (world with { Request = Without(world.Request) }).Decide();
                var lifted = world.Decide();
                return lifted.Outcome == without.Outcome
                    || (
                        lifted.Outcome == Outcome.AllowWithConditions
                        && lifted.Conditions.Contains("override")
                        && without.Outcome >= Outcome.Hold
                        && lifted
                            .Reasons.Where(reason => reason.Code != "CRISIS_NEVER_DISCONNECT")
                            .SequenceEqual(without.Reasons.Where(reason => reason.Code != "CRISIS_NEVER_DISCONNECT"))
                        && !Knows(world, without)
                        && world.Request.At < world.Request.Member.Override!.Until
                        && world.Request.Member.Override.Points.Contains(world.Request.Point)
                        && (!Points.IsJoin(world.Request.Point) || PlaceIn(world.Request) == world.Request.Member.Location?.Jurisdiction)
                    );

                static LicensingRequest Without(LicensingRequest request) => request with { Member = request.Member with { Override = null } };

                // At an enrolment point what is missing holds, so that a denial there is what a known fact says about the same place.
                static bool Knows(World world, Decision without)
                {
                    if (!Points.IsJoin(world.Request.Point))
                    {
                        return without.Outcome == Outcome.Deny;
                    }

                    string[] known = ["POLICY_STATE_NOT_OFFERED", "RESIDENCY_REQUIRED"];
                    return without.Codes().Any(known.Contains);
                }
            },
            4000
        );

    [Fact]
    public void What_lies_between_changes_no_outcome() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
            {
                var bare = world.Request with
                {
                    Group = world.Request.Group with { ReclassifiedFrom = null },
                    Member = world.Request.Member with { EnrolledUnder = null, SeatGraceUntil = null, NextInLine = false },
                };
                string[] informs = ["RULE_CHANGED_SINCE_ENROLMENT", "GROUP_RECLASSIFIED", "SEAT_GRACE", "PROMOTION_SKIPPED_INELIGIBLE"];
                var (told, plain) = (world.Decide(), (world with { Request = bare }).Decide());
                return told.Outcome == plain.Outcome
                    && told.Conditions.SequenceEqual(plain.Conditions)
                    && told.Reasons.Where(reason => !informs.Contains(reason.Code)).SequenceEqual(plain.Reasons);
            }
        );

    [Fact]
    public void What_is_proposed_instead_would_be_allowed() =>
        Check(
            Worlds.Arbitrary.Generator,
            world =>
                world
                    .Decide()
                    .Alternatives.All(instead =>
                    {
                        var other = world.Request with { Group = world.Request.Group with { ServiceClass = instead } };
                        return (world with { Request = other }).Decide().Outcome <= Outcome.AllowWithConditions;
                    })
        );

    [Fact]
    public void The_worlds_are_varied_enough_to_mean_something()
    {
        var decisions = Worlds.Arbitrary.Generator.Sample(6000, 50).Select(world => world.Decide()).ToArray();
        Assert.All(Enum.GetValues<Outcome>(), outcome => Assert.InRange(decisions.Count(decision => decision.Outcome == outcome), 180, 5000));
        Assert.Equal(["DEGRADED_LAST_DECISION"], ReasonCodes.InOrder.Except(decisions.SelectMany(decision => decision.Codes())));
        Assert.InRange(decisions.Count(decision => decision.Conditions.Contains("override")), 20, 5000);
        var allowed = decisions.Where(decision => decision.Outcome <= Outcome.AllowWithConditions).ToArray();
        Assert.All(Routes, route => Assert.InRange(allowed.Count(decision => decision.Codes().Contains(route)), 5, 5000));
    }

    private static string PlaceIn(LicensingRequest request)
    {
        var place = Points.IsJoin(request.Point) ? request.Member.Location?.Jurisdiction : request.Member.Residence?.Jurisdiction;
        return place?.StartsWith("US-", StringComparison.Ordinal) == true ? place : "US-FL";
    }

    // What was attested stays as old as it was where its age counts. Days of a permit are counted anew each year.
    private static Decision Later(World world, DateTimeOffset at)
    {
        var (asked, moved) = (world.Request, world.Request.At(at));
        var later = moved with
        {
            Until = asked.Until,
            Member = asked.Point == Points.Recheck ? asked.Member : moved.Member,
            Facilitators = [.. asked.Facilitators.Select(one => one with { Credentials = [.. one.Credentials.Select(InTheYearOf)] })],
        };
        return LicensingEngine.Decide(world.Rules, later, at);

        CredentialFacts InTheYearOf(CredentialFacts held) =>
            held.DaysUsed is not null
            && Oracle.Year(world.Rules.Document, held.Jurisdiction, at) != Oracle.Year(world.Rules.Document, held.Jurisdiction, asked.At)
                ? held with
                {
                    DaysUsed = 0,
                }
                : held;
    }

    private static bool Same(Decision a, Decision b) =>
        a.Outcome == b.Outcome
        && a.Reasons.SequenceEqual(b.Reasons)
        && a.Conditions.SequenceEqual(b.Conditions)
        && a.Alternatives.SequenceEqual(b.Alternatives);

    private static T[] Shuffle<T>(IReadOnlyList<T> items, Random chance)
    {
        T[] copy = [.. items];
        chance.Shuffle(copy);
        return copy;
    }

    private static void Check<T>(Gen<T> worlds, Func<T, bool> holds, int count = Usual) =>
        Prop.ForAll(worlds.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithQuietOnSuccess(true));
}
