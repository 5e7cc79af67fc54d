using GroupTherapy.Enrollment.Licensing;
using Xunit;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>Single answers beyond the shared cases. Each line says what is asked, what it comes to and every reason, in order.</summary>
public sealed class AnswerTests
{
    private static readonly Dictionary<string,
        (LicensingRequest Request, string Outcome, string Reasons, string Conditions, string? Alternatives)> Lines = new()
        {
            // The practice's layer.
            ["a New Yorker at home"] = Line(Join("US-NY", Ana), "allow", "ROUTE_LICENCE"),
            ["a Floridian staying in New York, both offered"] = Line(Join("US-NY", Ana).LivingIn("US-FL"), "allow", "ROUTE_LICENCE"),
            ["Ohio: neither offered, nor resident, nor licensed"] = Line(
            Join("US-OH", Ana), "deny", "POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED", alternatives: "skills_education"),
            ["Georgia resident in Florida"] = Line(Join("US-FL", Ana).LivingIn("US-GA"), "deny", "ROUTE_LICENCE RESIDENCY_REQUIRED",
            alternatives: "skills_education"),
            ["Chicago asks for no residence"] = Line(Chicago("US-IL", Cara).LivingIn("US-GA"), "allow", "ROUTE_LICENCE"),
            ["Chicago, residence unknown, place given"] = Line(Chicago("US-IL", Cara).LivingIn("UNKNOWN"), "allow", "ROUTE_LICENCE"),
            ["Chicago has no skills group"] = Line(Skills("US-IL") with { Practice = "chicago" }, "deny", "ROUTE_NOT_NEEDED POLICY_STATE_NOT_OFFERED",
            alternatives: ""),
            ["Chicago proposes nothing instead"] = Line(
            Chicago("US-NY", Cara), "deny", "POLICY_STATE_NOT_OFFERED LOCATION_NOT_AUTHORISED COMPACT_NOT_MEMBER", alternatives: ""),
            ["abroad"] = Line(Join("FOREIGN", Ana), "deny", "POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED", alternatives: ""),
            ["abroad, at enrolment just as well"] = Line(
            Join("FOREIGN", Ana).Enrolling(), "deny", "POLICY_STATE_NOT_OFFERED RESIDENCY_REQUIRED LOCATION_NOT_AUTHORISED", alternatives: ""),
            ["intake goes the way of therapy"] = Line(Join("US-FL", Ana) with { Group = new("intake", 18) }, "allow", "ROUTE_LICENCE"),
            ["individual therapy too"] = Line(Join("US-NJ", Ana) with { Group = new("psychotherapy_individual", 18) }, "allow", "ROUTE_LICENCE"),

            // Skills groups.
            ["skills in DC"] = Line(Skills("US-DC"), "allow", "ROUTE_NOT_NEEDED"),
            ["skills in Puerto Rico: no row"] = Line(Skills("US-PR"), "deny", "LOCATION_NOT_AUTHORISED SKILLS_NEEDS_REVIEW"),
            ["skills in Puerto Rico, enrolment: no row denies there too"] = Line(Skills("US-PR").Enrolling(), "deny",
            "LOCATION_NOT_AUTHORISED SKILLS_NEEDS_REVIEW"),
            ["skills, place unknown at enrolment"] = Line(Skills("UNKNOWN").Enrolling(), "hold", "RESIDENCY_UNKNOWN LOCATION_NOT_AUTHORISED"),
            ["skills without any facilitator"] = Line(Skills("US-TX") with { Facilitators = [] }, "allow", "ROUTE_NOT_NEEDED"),

            // Where somebody is.
            ["no place at precheck"] = Line(Join("US-FL", Ana).Being(_ => null).AtPoint(Points.Precheck), "deny", "LOCATION_UNKNOWN LOCATION_NOT_AUTHORISED"),
            ["unknown place at recheck"] = Line(
            Join("US-FL", Ana).Being(l => l with { Jurisdiction = "UNKNOWN" }).AtPoint(Points.Recheck), "deny", "LOCATION_UNKNOWN LOCATION_NOT_AUTHORISED"),
            ["military address at enrolment"] = Line(
            Join("US-FL", Ana).LivingIn("UNKNOWN", postalState: "AE").Enrolling(), "hold", "LOCATION_NOT_AUTHORISED POSTAL_NOT_A_PLACE"),
            ["military address wins over an ambiguous ZIP"] = Line(
            Join("US-FL", Ana).LivingIn("UNKNOWN", "42223", "AA").Enrolling(), "hold", "LOCATION_NOT_AUTHORISED POSTAL_NOT_A_PLACE"),
            ["military address at join"] = Line(
            Join("US-FL", Ana).LivingIn("UNKNOWN", postalState: "AP"), "deny", "ROUTE_LICENCE POSTAL_NOT_A_PLACE", alternatives: "skills_education"),
            ["ambiguous ZIP at join"] = Line(Join("US-FL", Ana).LivingIn("UNKNOWN", "02861"), "deny", "ROUTE_LICENCE ZIP_AMBIGUOUS"),
            ["ambiguous ZIP plus four"] = Line(
                Join("US-FL", Ana).LivingIn("UNKNOWN", "59221-1234").Enrolling(), "hold", "LOCATION_NOT_AUTHORISED ZIP_AMBIGUOUS"),
            ["a ZIP of one state is no proof"] = Line(Join("US-FL", Ana).LivingIn("UNKNOWN", "33602").Enrolling(), "hold",
            "RESIDENCY_UNKNOWN LOCATION_NOT_AUTHORISED"),
            ["a ZIP never contradicts a given state"] = Line(Join("US-FL", Ana).LivingIn("US-FL", "42223").Enrolling(), "allow", "ROUTE_LICENCE"),
            ["no residence at all"] = Line(
            Join("US-FL", Ana) with { Member = Join("US-FL", Ana).Member with { Residence = null } },
            "deny", "ROUTE_LICENCE RESIDENCY_UNKNOWN", alternatives: "skills_education"),
            ["a residence of next month"] = Line(Join("US-FL", Ana).LivingIn("US-FL", since: "2026-12-24").Enrolling(), "hold",
            "RESIDENCY_UNKNOWN LOCATION_NOT_AUTHORISED"),
            ["the network says Georgia"] = Line(
                Join("US-FL", Ana).Being(l => l with { NetworkHint = "US-GA" }), "hold", "ROUTE_LICENCE LOCATION_CONTRADICTION"),
            ["the network agrees"] = Line(Join("US-FL", Ana).Being(l => l with { NetworkHint = "US-FL" }), "allow", "ROUTE_LICENCE"),
            ["the network does not know"] = Line(Join("US-FL", Ana).Being(l => l with { NetworkHint = "UNKNOWN" }), "allow", "ROUTE_LICENCE"),
            ["a contradiction never softens a refusal"] = Line(
            Join("US-GA", Ana).LivingIn("US-FL").Being(l => l with { NetworkHint = "US-FL" }),
            "deny", "POLICY_STATE_NOT_OFFERED LOCATION_NOT_AUTHORISED LOCATION_CONTRADICTION"),

            // How old an attestation may be.
            ["exactly the limit"] = Line(Join("US-FL", Ana).Being(l => l with { AttestedAt = Evening.AddMinutes(-15) }), "allow", "ROUTE_LICENCE"),
            ["one second over the limit"] = Line(
            Join("US-FL", Ana).Being(l => l with { AttestedAt = Evening.AddSeconds(-901) }), "deny", "LOCATION_NOT_AUTHORISED ATTESTATION_STALE"),
            ["attested after the instant"] = Line(
            Join("US-FL", Ana).Being(l => l with { AttestedAt = Evening.AddMinutes(5) }), "deny", "LOCATION_UNKNOWN LOCATION_NOT_AUTHORISED"),
            ["rejoining within the grace"] = Line(Away(40, 10).AtPoint(Points.Rejoin), "allow", "ROUTE_LICENCE REJOIN_WITHIN_GRACE"),
            ["rejoining after the grace"] = Line(Away(40, 11).AtPoint(Points.Rejoin), "deny", "LOCATION_NOT_AUTHORISED ATTESTATION_STALE"),
            ["rejoining, never seen in the room"] = Line(Away(40, null).AtPoint(Points.Rejoin), "deny", "LOCATION_NOT_AUTHORISED ATTESTATION_STALE"),
            ["the grace is for rejoining alone"] = Line(Away(40, 5), "deny", "LOCATION_NOT_AUTHORISED ATTESTATION_STALE"),
            ["rejoining with a fresh attestation"] = Line(Away(3, 5).AtPoint(Points.Rejoin), "allow", "ROUTE_LICENCE"),
            ["at recheck an attestation does not age"] = Line(Away(70, null).AtPoint(Points.Recheck), "allow", "ROUTE_LICENCE"),

            // Licences.
            ["expired"] = Line(Join("US-NJ", Ana).At("2026-12-01T05:00:00Z"), "deny", "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED",
                alternatives: "skills_education"),
            ["the last second"] = Line(Join("US-NJ", Ana).At("2026-12-01T04:59:59Z"), "allow", "ROUTE_LICENCE"),
            ["the first second"] = Line(
            Join("US-FL", Ana.Only(Licence("US-FL", "LMHC", "2027-01-01", from: "2026-11-25"))).At("2026-11-25T05:00:00Z"), "allow", "ROUTE_LICENCE"),
            ["one second early"] = Line(
            Join("US-FL", Ana.Only(Licence("US-FL", "LMHC", "2027-01-01", from: "2026-11-25"))).At("2026-11-25T04:59:59Z"),
            "deny", "LOCATION_NOT_AUTHORISED LICENCE_NOT_YET_VALID"),
            ["Illinois counts by Chicago's midnight"] = Line(
            Chicago("US-IL", Dee.Only(Licence("US-IL", "LCPC", "2026-11-24"))).At("2026-11-25T05:59:59Z"), "allow", "ROUTE_LICENCE"),
            ["and not a second longer"] = Line(
            Chicago("US-IL", Dee.Only(Licence("US-IL", "LCPC", "2026-11-24"))).At("2026-11-25T06:00:00Z"), "deny", "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED"),
            ["suspended"] = Line(Join("US-FL", Ana.Only(Licence("US-FL", "LMHC", "2027-01-01", status: "suspended"))), "deny",
            "LOCATION_NOT_AUTHORISED LICENCE_INACTIVE"),
            ["pending, at enrolment"] = Line(
            Join("US-FL", Ana.Only(Licence("US-FL", "LMHC", "2027-01-01", status: "pending"))).Enrolling(), "deny", "LOCATION_NOT_AUTHORISED LICENCE_INACTIVE"),
            ["restricted"] = Line(Join("US-FL", Ana.Only(Licence("US-FL", "LMHC", "2027-01-01", encumbered: true))), "deny",
            "LOCATION_NOT_AUTHORISED LICENCE_ENCUMBERED"),
            ["everything at once"] = Line(
            Join("US-FL", Ana.Only(Licence("US-FL", "LMHC", "2026-01-01", status: "revoked", encumbered: true))),
            "deny", "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED LICENCE_INACTIVE LICENCE_ENCUMBERED"),
            ["restricted elsewhere is no matter"] = Line(Join("US-FL", Ana.With(Licence("US-GA", "LPC", "2027-01-01", encumbered: true))), "allow",
            "ROUTE_LICENCE"),
            ["an old licence beside its renewal"] = Line(Join("US-FL", Ana.With(Licence("US-FL", "LMHC", "2020-01-01"))), "allow", "ROUTE_LICENCE"),
            ["another profession's licence"] = Line(Join("US-NY", Ana.Only(Licence("US-NY", "LCSW", "2027-01-01"))), "deny", "LOCATION_NOT_AUTHORISED"),
            ["a licence for work under supervision"] = Line(Join("US-NJ", Ana.Only(Licence("US-NJ", "LAC", "2027-01-01"))), "deny", "LOCATION_NOT_AUTHORISED"),
            ["a licence nobody understands, at join"] = Line(Join("US-FL", Ana.Only(Licence("US-FL", "XYZ", "2027-01-01"))), "deny", "LOCATION_NOT_AUTHORISED"),
            ["a licence nobody understands, at enrolment"] = Line(
            Join("US-FL", Ana.Only(Licence("US-FL", "XYZ", "2027-01-01"))).Enrolling(), "hold", "LOCATION_NOT_AUTHORISED"),
            ["an instructor leads no therapy"] = Line(Join("US-FL", Eli), "deny", "LOCATION_NOT_AUTHORISED"),
            ["nobody leads, at enrolment"] = Line(Join("US-FL").Enrolling(), "hold", "LOCATION_NOT_AUTHORISED"),
            ["nobody leads, at join"] = Line(Join("US-FL", Ana.AsCo()), "deny", "LOCATION_NOT_AUTHORISED"),

            // Telehealth registration.
            ["registered, restricted underneath"] = Line(
            Chicago("US-FL", Dee.Only(Licence("US-IL", "LCPC", "2028-03-31", encumbered: true), Registration("US-FL", "2028-03-31"))),
            "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE"),
            ["registered, underneath expired"] = Line(
            Chicago("US-FL", Dee.Only(Licence("US-IL", "LCPC", "2026-01-01"), Registration("US-FL", "2028-03-31"))),
            "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE"),
            ["registered, nothing underneath, at enrolment"] = Line(
            Chicago("US-FL", Dee.Only(Registration("US-FL", "2028-03-31"))).Enrolling(), "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE"),
            ["registered, a foreign licence underneath"] = Line(
            Chicago("US-FL", Dee.Only(Licence("FOREIGN", "LPC", "2028-03-31"), Registration("US-FL", "2028-03-31"))),
            "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE"),
            ["registered, a territory's licence underneath"] = Line(
            Chicago("US-FL", Dee.Only(Licence("US-PR", "LPC", "2028-03-31"), Registration("US-FL", "2028-03-31"))), "allow", "ROUTE_TELEHEALTH_REGISTRATION"),
            ["registration expired"] = Line(
            Chicago("US-FL", Dee.Only(Licence("US-IL", "LCPC", "2028-03-31"), Registration("US-FL", "2026-03-31"))), "deny",
                "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED"),
            ["registration in person and expired underneath"] = Line(
            Chicago("US-FL", Dee.Only(Licence("US-IL", "LCPC", "2026-01-01"), Registration("US-FL", "2028-03-31"))).InPerson(),
            "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE REGISTRATION_TELEHEALTH_ONLY"),
            ["a licence opens what a registration does not"] = Line(Chicago("US-FL", Dee.With(Licence("US-FL", "LMHC", "2027-01-01"))).InPerson(), "allow",
            "ROUTE_LICENCE"),
            ["a registration where there is no such route"] = Line(Chicago("US-KS", Dee.With(Registration("US-KS", "2028-01-01"))), "deny",
            "LOCATION_NOT_AUTHORISED"),

            // Compacts.
            ["away from the home state"] = Line(Chicago("US-KS", Cara.In("US-FL")), "deny", "LOCATION_NOT_AUTHORISED PROVIDER_NOT_IN_HOME_STATE"),
            ["whereabouts of the facilitator unknown, at enrolment"] = Line(
            Chicago("US-KS", Cara.In(null)).Enrolling(), "hold", "LOCATION_NOT_AUTHORISED PROVIDER_NOT_IN_HOME_STATE"),
            ["whereabouts of the facilitator unknown, at join"] = Line(Chicago("US-KS", Cara.In("UNKNOWN")), "deny",
            "LOCATION_NOT_AUTHORISED PROVIDER_NOT_IN_HOME_STATE"),
            ["home licence lapsed"] = Line(
            Chicago("US-KS", Cara.Only(Licence("US-IL", "PSY", "2026-01-01"), Privilege("PSYPACT", "US-IL", "2028-01-01"))),
            "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE"),
            ["another state's licence is no home licence"] = Line(
            Chicago("US-KS", Cara.Only(Licence("US-FL", "PSY", "2028-01-01"), Privilege("PSYPACT", "US-IL", "2028-01-01"))),
            "deny", "LOCATION_NOT_AUTHORISED UNDERLYING_LICENCE"),
            ["authority expired"] = Line(
            Chicago("US-KS", Cara.Only(Licence("US-IL", "PSY", "2028-01-01"), Privilege("PSYPACT", "US-IL", "2026-01-01"))),
            "deny", "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED"),
            ["PSYPACT in person"] = Line(Chicago("US-KS", Cara).InPerson(), "deny", "LOCATION_NOT_AUTHORISED REGISTRATION_TELEHEALTH_ONLY"),
            ["home state no member"] = Line(
            Chicago("US-KS", Cara.Only(Licence("US-NY", "PSY", "2028-01-01"), Privilege("PSYPACT", "US-NY", "2028-01-01")).In("US-NY")),
            "deny", "LOCATION_NOT_AUTHORISED COMPACT_NOT_MEMBER"),
            ["PSYPACT is for psychologists"] = Line(Chicago("US-KS", Dee.With(Privilege("PSYPACT", "US-IL", "2028-01-01"))), "deny", "LOCATION_NOT_AUTHORISED"),
            ["a compact is no licence at home"] = Line(
                Chicago("US-IL", Cara.Only(Privilege("PSYPACT", "US-IL", "2028-01-01"))), "deny", "LOCATION_NOT_AUTHORISED"),
            ["disputed home, not operational there, at join"] = Line(Chicago("US-KS", Counseling()), "deny",
            "LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL RULE_DISPUTED"),
            ["the same at enrolment: the known fact closes the route"] = Line(
            Chicago("US-KS", Counseling()).Enrolling(), "deny", "LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL RULE_DISPUTED"),
            ["disputed and expired, at enrolment"] = Line(
            Chicago("US-KS", Dee.With(Privilege("COUNSELING", "US-IL", "2026-02-01", "2026-01-01"))).Enrolling(),
            "deny", "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED COMPACT_NOT_OPERATIONAL RULE_DISPUTED"),
            ["Social Work Compact, both sides disputed, at enrolment"] = Line(
            Join("US-FL", Ben.With(Privilege("SOCIAL_WORK", "US-NY", "2028-01-01"))).Enrolling(), "hold",
                "LOCATION_NOT_AUTHORISED RULE_DISPUTED RULE_DISPUTED"),
            ["Social Work Compact, enacted in New Jersey, at join"] = Line(
            Join("US-NJ", Ben.With(Privilege("SOCIAL_WORK", "US-NY", "2028-01-01"))), "deny", "LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL RULE_DISPUTED"),
            ["operational at home is not enough"] = Line(
            Chicago("US-KS", Dee.Only(Licence("US-OH", "LPCC", "2028-01-01"), Privilege("COUNSELING", "US-OH", "2028-01-01"))),
            "deny", "LOCATION_NOT_AUTHORISED COMPACT_NOT_OPERATIONAL"),
            ["a privilege issued for another state"] = Line(
            Chicago("US-KS", Cara.Only(Licence("US-IL", "PSY", "2028-01-01"), Privilege("PSYPACT", "US-IL", "2028-01-01", issuer: "US-FL"))),
            "deny", "LOCATION_NOT_AUTHORISED"),

            // Temporary permits.
            ["fourteen days used"] = Line(Chicago("US-KS", Dee.With(Permit("US-KS", 14))), "allow", "ROUTE_TEMPORARY"),
            ["fifteen days used"] = Line(Chicago("US-KS", Dee.With(Permit("US-KS", 15))), "deny", "LOCATION_NOT_AUTHORISED DAY_BUDGET_EXHAUSTED"),
            ["fifteen days used, at enrolment"] = Line(Chicago("US-KS", Dee.With(Permit("US-KS", 15))).Enrolling(), "deny",
            "LOCATION_NOT_AUTHORISED DAY_BUDGET_EXHAUSTED"),
            ["days not known, at enrolment"] = Line(Chicago("US-KS", Dee.With(Permit("US-KS", null))).Enrolling(), "hold",
            "LOCATION_NOT_AUTHORISED DAY_BUDGET_EXHAUSTED"),
            ["a permit where nobody knows of any, at enrolment"] = Line(
            Chicago("US-IL", Dee.Only(Permit("US-IL", 0))).Enrolling(), "hold", "LOCATION_NOT_AUTHORISED RULE_DISPUTED"),
            ["a permit where nobody knows of any, at join"] = Line(
                Chicago("US-IL", Dee.Only(Permit("US-IL", 0))), "deny", "LOCATION_NOT_AUTHORISED RULE_DISPUTED"),

            // Ages.
            ["on the eighteenth birthday in New Jersey"] = Line(Join("US-NJ", Ana).Born("2008-11-25", 18).At("2026-11-25T05:00:00Z"), "allow", "ROUTE_LICENCE"),
            ["the evening before, though it is the day in Greenwich"] = Line(
            Join("US-NJ", Ana).Born("2008-11-25", 18).At("2026-11-25T04:59:59Z"), "deny", "ROUTE_LICENCE AGE_BELOW_GROUP_MIN"),
            ["thirteen consents alone in Florida"] = Line(Join("US-FL", Ana).Born("2013-11-24"), "allow", "ROUTE_LICENCE"),
            ["fifteen does not in New York"] = Line(Join("US-NY", Ana).Born("2011-06-01"), "deny", "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING"),
            ["fifteen in New York waits at enrolment"] = Line(
                Join("US-NY", Ana).Born("2011-06-01").Enrolling(), "hold", "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING"),
            ["fifteen in New York with a guardian"] = Line(Join("US-NY", Ana).Born("2011-06-01", guardian: true), "allow", "ROUTE_LICENCE"),
            ["the age of consent goes by the place, not the residence"] = Line(
            Join("US-NY", Ana).LivingIn("US-FL").Born("2011-06-01"), "deny", "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING"),
            ["a guardian replaces no minimum age"] = Line(
            Join("US-FL", Ana).Born("2010-05-05", 18, guardian: true), "deny", "ROUTE_LICENCE AGE_BELOW_GROUP_MIN", alternatives: ""),
            ["too young is known, so it denies at enrolment"] = Line(Join("US-FL", Ana).Born("2010-05-05", 18).Enrolling(), "deny",
            "ROUTE_LICENCE AGE_BELOW_GROUP_MIN"),
            ["fourteen in Illinois: sources disagree"] = Line(Chicago("US-IL", Cara).Born("2012-06-01"), "deny",
            "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING RULE_DISPUTED"),
            ["sixteen in Illinois: sources agree"] = Line(Chicago("US-IL", Cara).Born("2010-06-01"), "allow", "ROUTE_LICENCE"),
            ["eleven in Illinois: sources agree"] = Line(Chicago("US-IL", Cara).Born("2015-06-01", 10), "deny", "ROUTE_LICENCE GUARDIAN_CONSENT_MISSING"),
            ["seventeen in a skills group needs a guardian"] = Line(Skills("US-FL").Born("2009-06-01"), "deny", "ROUTE_NOT_NEEDED GUARDIAN_CONSENT_MISSING"),
            ["born on 29 February: not yet on 28"] = Line(Join("US-FL", Ana).Born("2008-02-29", 18).At("2026-02-28T17:00:00Z"), "deny",
            "ROUTE_LICENCE AGE_BELOW_GROUP_MIN"),
            ["born on 29 February: on 1 March"] = Line(Join("US-FL", Ana).Born("2008-02-29", 18).At("2026-03-01T05:00:00Z"), "allow", "ROUTE_LICENCE"),
            ["date of birth not known, at enrolment"] = Line(Join("US-FL", Ana).Born(null).Enrolling(), "hold", "ROUTE_LICENCE AGE_BELOW_GROUP_MIN"),
            ["date of birth not known, at join"] = Line(Join("US-FL", Ana).Born(null), "deny", "ROUTE_LICENCE AGE_BELOW_GROUP_MIN"),

            // Who is there.
            ["a co-facilitator without authority observes"] = Line(
            Join("US-FL", Ana, Ben.AsCo()), "allow_with_conditions", "ROUTE_LICENCE CO_FACILITATOR_OBSERVER_ONLY", "co_observer"),
            ["a co-facilitator with authority"] = Line(Join("US-NY", Ana, Ben.AsCo()), "allow", "ROUTE_LICENCE"),
            ["an authorised co-facilitator is no lead"] = Line(Join("US-FL", Ben, Ana.AsCo()), "deny",
            "LOCATION_NOT_AUTHORISED CO_FACILITATOR_OBSERVER_ONLY"),
            ["of two leads both must be authorised"] = Line(Join("US-FL", Ana, Ben), "deny", "LOCATION_NOT_AUTHORISED"),
            ["an observer in a skills group needs nothing"] = Line(Skills("US-TX") with { Facilitators = [Eli, Ben.AsCo()] }, "allow", "ROUTE_NOT_NEEDED"),
            ["Ben stands in: New York goes on"] = Line(Join("US-NY", Ben).AtPoint(Points.Substitution), "allow", "ROUTE_LICENCE"),
            ["Ben stands in: Florida does not"] = Line(Join("US-FL", Ben).AtPoint(Points.Substitution), "deny",
            "LOCATION_NOT_AUTHORISED SUBSTITUTE_NOT_AUTHORISED"),

            // Series.
            ["the series ends with the licence"] = Line(Join("US-NJ", Ana).Enrolling("2026-12-01T05:00:00Z"), "allow", "ROUTE_LICENCE"),
            ["the series ends a second later"] = Line(
            Join("US-NJ", Ana).Enrolling("2026-12-01T05:00:01Z"), "allow_with_conditions", "ROUTE_LICENCE LICENCE_ENDS_BEFORE_SERIES", "ends_before_series"),
            ["a renewal follows without a gap"] = Line(Join("US-NJ", Ana.With(Licence("US-NJ", "LPC", "2027-11-30", "2026-12-01"))).Enrolling(), "allow",
            "ROUTE_LICENCE"),
            ["a renewal follows after a day"] = Line(
            Join("US-NJ", Ana.With(Licence("US-NJ", "LPC", "2027-11-30", "2026-12-02"))).Enrolling(),
            "allow_with_conditions", "ROUTE_LICENCE LICENCE_ENDS_BEFORE_SERIES", "ends_before_series"),
            ["a series without an end outlives every licence"] = Line(
            Join("US-FL", Ana).Enrolling() with { Until = null }, "allow_with_conditions", "ROUTE_LICENCE LICENCE_ENDS_BEFORE_SERIES", "ends_before_series"),
            ["a session across midnight is no series"] = Line(Join("US-NJ", Ana).At("2026-12-01T04:30:00Z"), "allow", "ROUTE_LICENCE"),
            ["the licence under a registration ends before the series"] = Line(
            Chicago("US-FL", Dee.Only(Licence("US-IL", "LCPC", "2026-12-01"), Registration("US-FL", "2028-01-01"))).Enrolling(),
            "allow_with_conditions", "ROUTE_TELEHEALTH_REGISTRATION LICENCE_ENDS_BEFORE_SERIES", "ends_before_series"),
            ["observer and short series together"] = Line(
            Join("US-NJ", Ana, Ben.AsCo()).Enrolling(),
            "allow_with_conditions", "ROUTE_LICENCE LICENCE_ENDS_BEFORE_SERIES CO_FACILITATOR_OBSERVER_ONLY", "co_observer ends_before_series"),

            // In the room.
            ["the licence ended while the session ran"] = Line(
            Join("US-NJ", Ana).AtPoint(Points.Recheck).At("2026-12-01T05:00:00Z"), "deny",
                "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED RECHECK_EXPIRED_MID_SESSION"),
            ["never licensed is not expired"] = Line(Join("US-NJ", Ben).AtPoint(Points.Recheck), "deny", "LOCATION_NOT_AUTHORISED"),
            ["in crisis at recheck"] = Line(
            Join("US-NJ", Ana).AtPoint(Points.Recheck).InCrisis().At("2026-12-01T05:00:00Z"),
            "allow_with_conditions", "LOCATION_NOT_AUTHORISED LICENCE_EXPIRED RECHECK_EXPIRED_MID_SESSION CRISIS_NEVER_DISCONNECT",
                "no_therapy_content handover"),
            ["in crisis at rejoin, place unknown"] = Line(
            Join("US-NJ", Ana).AtPoint(Points.Rejoin).InCrisis().Being(_ => null),
            "allow_with_conditions", "LOCATION_UNKNOWN LOCATION_NOT_AUTHORISED CRISIS_NEVER_DISCONNECT", "no_therapy_content handover"),
            ["in crisis and contradicted"] = Line(
            Join("US-FL", Ana).AtPoint(Points.Recheck).InCrisis().Being(l => l with { NetworkHint = "US-GA" }),
            "allow_with_conditions", "ROUTE_LICENCE LOCATION_CONTRADICTION CRISIS_NEVER_DISCONNECT", "no_therapy_content handover"),
            ["in crisis and in order"] = Line(Join("US-FL", Ana).AtPoint(Points.Recheck).InCrisis(), "allow", "ROUTE_LICENCE"),
            ["a crisis opens no door that was never passed"] = Line(
            Join("US-GA", Ana).LivingIn("US-FL").InCrisis(), "deny", "POLICY_STATE_NOT_OFFERED LOCATION_NOT_AUTHORISED"),
        };

    public static TheoryData<string> Names() => [.. Lines.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_answered_with_every_reason(string name)
    {
        var (request, outcome, reasons, conditions, alternatives) = Lines[name];

        var decision = request.Decide();

        Assert.Equal($"{outcome}: {reasons}", $"{decision.Outcome.Wire()}: {string.Join(' ', decision.Codes())}");
        Assert.Equal(conditions, string.Join(' ', decision.Conditions));
        if (alternatives is not null)
        {
            Assert.Equal(alternatives, string.Join(' ', decision.Alternatives));
        }

        Assert.All(decision.Reasons, reason => Assert.Contains(reason.Rule, Seed.Document.Rows().Select(row => row.Id)));
        Assert.All(decision.Reasons, reason => Assert.NotEmpty(reason.Citation));
    }

    private static (LicensingRequest, string, string, string, string?) Line(
        LicensingRequest request, string outcome, string reasons, string conditions = "", string? alternatives = null) =>
        (request, outcome, reasons, conditions, alternatives);

    private static LicensingRequest Away(int attestedMinutesAgo, int? presentMinutesAgo) => Join("US-FL", Ana).Being(place => place with
    {
        AttestedAt = Evening.AddMinutes(-attestedMinutesAgo),
        LastPresentAt = presentMinutesAgo is { } minutes ? Evening.AddMinutes(-minutes) : null,
    });

    private static FacilitatorFacts Counseling() => Dee.With(Privilege("COUNSELING", "US-IL", "2027-12-31", "2026-01-01"));
}
