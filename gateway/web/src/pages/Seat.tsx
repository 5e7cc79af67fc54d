import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "../i18n";
import { Link, useLocation } from "../ui/address";
import { CircleCheck, CircleX } from "lucide-react";
import { api, ApiProblem, ask } from "../api/client";
import type { components } from "../api/schema";
import { states } from "../i18n/places";
import type { Account } from "../session/account";
import { useProfile } from "../session/profile";
import { Button, Field, Note } from "../ui/basics";
import { Answer, type Decision } from "./Answer";
import { CurrentSeat, type Enrollment } from "./CurrentSeat";
import { useMyEnrollments } from "./MyGroups";
import { refusalText } from "./refusals";

type Group = components["schemas"]["scheduling.GroupDetail"];

/** "Can I join?", and the way to a seat. */
export function Seat({ account, group }: { account: Account | null; group: Group }) {
  const { t } = useTranslation();
  const member = account?.roles.includes("member") ?? false;
  const queries = useQueryClient();
  const mine = useMyEnrollments(member);
  const profile = useProfile(member);
  const ready = Boolean(profile.data?.residence?.state && profile.data.dateOfBirth);
  const here = useQuery({
    queryKey: ["eligibility", group.id],
    queryFn: () => ask(api.GET("/api/me/eligibility", { params: { query: { groupId: group.id } as never } })) as Promise<Decision>,
    enabled: member && ready,
  });
  const current = mine.data?.find((e) => e.groupId === group.id && e.status !== "ended");
  const reserve = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/enrollments", { body: { groupId: group.id }, headers: { "Idempotency-Key": crypto.randomUUID() } }),
      ) as Promise<Enrollment>,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["my-enrollments"] }),
  });
  const refused = reserve.error instanceof ApiProblem ? (reserve.error.body.decision as Decision | undefined) : undefined;
  const decision = refused ?? here.data;
  // A member who has just booked an hour has decided: their seat is reserved without another question.
  const booked = (useLocation().state as { booked?: boolean } | null)?.booked === true;
  const asked = useRef(false);
  const { mutate } = reserve;
  const may = booked && mine.isSuccess && !current && here.data !== undefined && here.data.outcome !== "deny";
  useEffect(() => {
    if (may && !asked.current) {
      asked.current = true;
      mutate();
    }
  }, [may, mutate]);
  if (account && !member) {
    return null;
  }

  return (
    <section className="card stack wide" aria-labelledby="can-i">
      <h2 id="can-i">{current ? t("seat.yours") : t("seat.title")}</h2>
      {!account && !group.closed && <BeforeSignUp group={group} />}
      {group.closed && !current && <Note look="warm">{t("seat.closed")}</Note>}
      {member && profile.isSuccess && !ready && (
        <>
          <p>{t("seat.profile")}</p>
          <Link className="button primary" to="/profile" state={{ from: `/groups/${group.id}` }}>
            {t("profile.title")}
          </Link>
        </>
      )}
      {member && ready && here.isPending && !current && <div className="skeleton" aria-busy="true" />}
      {decision && !current && !group.closed && <Answer decision={decision} topic={group.topic} />}
      {member && ready && !current && !group.closed && decision && decision.outcome !== "deny" && (
        <>
          <p className="soft">{group.seatsLeft > 0 ? t("seat.hold") : t("seat.wait")}</p>
          <Button look="primary" size="large" disabled={reserve.isPending} onClick={() => reserve.mutate()}>
            {group.seatsLeft > 0 ? t("seat.reserve") : t("seat.waitlist")}
          </Button>
        </>
      )}
      {reserve.isError && !refused && (
        <Note look="warm" role="alert">
          {refusalText(t, reserve.error)}
        </Note>
      )}
      {current && <CurrentSeat enrollment={current} />}
    </section>
  );
}

/** The answer by place alone, from where the group is offered; nobody has to sign up for it. */
function BeforeSignUp({ group }: { group: Group }) {
  const { t } = useTranslation();
  const [state, setState] = useState("");
  const offered = group.offeredIn.includes(`US-${state}`);
  const groups = useQuery({
    queryKey: ["groups"],
    queryFn: () => ask(api.GET("/api/groups", { params: { query: { limit: 500 } } })),
    select: (page) => page.items,
    enabled: state !== "" && !offered,
  });
  const others = (groups.data ?? []).filter((g) => g.offeredIn.includes(`US-${state}`));
  const near = [...others.filter((g) => g.topic === group.topic), ...others.filter((g) => g.topic !== group.topic)].slice(0, 4);
  const from = { from: `/groups/${group.id}` };
  return (
    <>
      <Field label={t("seat.whereLive")} hint={t("seat.whereWhy")}>
        {(ids) => (
          <select {...ids} className="input" value={state} onChange={(e) => setState(e.target.value)}>
            <option value="">{t("profile.chooseState")}</option>
            {Object.entries(states).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {state !== "" && (
        <Note look={offered ? "" : "warm"} icon={offered ? <CircleCheck aria-hidden /> : <CircleX aria-hidden />} role="status">
          <strong>{t(offered ? "seat.placeYes" : "seat.placeNo", { state: states[state] })}</strong>
          <span>{offered ? t("seat.placeYesText", { age: group.minimumAge }) : t("seat.placeNoText")}</span>
          {!offered && near.length > 0 && (
            <>
              <strong>{t("seat.alternatives")}</strong>
              <ul className="reasons">
                {near.map((g) => (
                  <li key={g.id}>
                    <Link to={`/groups/${g.id}`}>{g.name}</Link>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Note>
      )}
      {(state === "" || offered) && (
        <>
          <p>{t("seat.signIn")}</p>
          <div className="row">
            <Link className="button primary" to="/register" state={from}>
              {t("register.submit")}
            </Link>
            <Link className="button plain" to="/sign-in" state={from}>
              {t("signIn.submit")}
            </Link>
          </div>
        </>
      )}
    </>
  );
}
