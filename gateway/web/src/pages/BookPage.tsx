import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ApiProblem, ask } from "../api/client";
import { useTranslation } from "../i18n";
import { dayOf, timeOf, weekdayAndDayOf } from "../i18n/times";
import type { Account } from "../session/account";
import { Link, useLocation, useNavigate, useParams } from "../ui/address";
import { Button, Choice, Field, Note } from "../ui/basics";
import { Layout } from "../ui/Layout";
import { Chip, HourChoice } from "./HourChoice";
import { refusalText } from "./refusals";

const kinds = ["psychotherapy_individual", "intake"] as const;
type Kind = (typeof kinds)[number];
const daysAtOnce = 14;
const repeats = [1, 4, 8, 12];

const minuteOf = (at: string) => new Date(at).getHours() * 60 + new Date(at).getMinutes();

/** An hour alone with a facilitator: the hours that are free, and one of them kept until the consents are given. */
export function BookPage({ account }: { account: Account }) {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const known = (useLocation().state ?? {}) as { name?: string; practice?: string };
  const queries = useQueryClient();
  const go = useNavigate();
  const [from] = useState(() => Date.now());
  const [days, setDays] = useState(daysAtOnce);
  const [wished, setWished] = useState<Kind | null>(null);
  const [wishedDay, setDay] = useState("");
  const [startsAt, setStartsAt] = useState("");
  const [weeks, setWeeks] = useState(1);
  const [attempt, setAttempt] = useState(1);
  const [individual, intake] = useQueries({
    queries: kinds.map((serviceClass) => ({
      queryKey: ["free-hours", id, serviceClass, days],
      queryFn: () =>
        ask(
          api.GET("/api/facilitators/{id}/free-hours", {
            params: {
              path: { id },
              query: { serviceClass, from: new Date(from).toISOString(), to: new Date(from + days * 86_400_000).toISOString() },
            },
          }),
        ),
      placeholderData: (before: { items: { startsAt: string; endsAt: string }[] } | undefined) => before,
    })),
  });
  const hours = { psychotherapy_individual: individual?.data?.items ?? [], intake: intake?.data?.items ?? [] };
  const open = kinds.filter((k) => hours[k].length > 0);
  const kind = wished ?? open[0] ?? "psychotherapy_individual";
  const pending = individual?.isPending || intake?.isPending;
  const failed = individual?.error ?? intake?.error;
  const book = useMutation({
    mutationFn: () =>
      ask(
        api.POST("/api/bookings", {
          headers: { "Idempotency-Key": `${from}/${attempt}/${startsAt}/${kind}/${weeks}` },
          body: { facilitatorId: id, practice: known.practice ?? null, serviceClass: kind, startsAt, weeks: kind === "intake" ? 1 : weeks },
        }),
      ),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["my-sessions"] });
      go(`/groups/${made.groupId}`, { state: { booked: true } });
    },
    onError: (error) => {
      // A lost answer is asked for again by the same key. A refusal is kept under its key: the next attempt has another.
      if (error instanceof ApiProblem && !error.passes) {
        setAttempt(attempt + 1);
      }

      // Another member may have booked the hour meanwhile.
      return queries.invalidateQueries({ queryKey: ["free-hours", id] });
    },
  });
  const dates = [...new Set(hours[kind].map((h) => weekdayAndDayOf(h.startsAt)))];
  const day = dates.includes(wishedDay) ? wishedDay : (dates[0] ?? "");
  const free = hours[kind].filter((h) => weekdayAndDayOf(h.startsAt) === day);
  return (
    <Layout account={account} narrow title={t("book.title")}>
      <div className="stack wide">
        <Link to="/groups">{t("app.back")}</Link>
        <div className="stack tight">
          <h1>{known.name ? t("book.with", { name: known.name }) : t("book.title")}</h1>
          <p className="soft">{t("book.intro")}</p>
        </div>
        {pending && <div className="skeleton hero" aria-busy="true" />}
        {failed && (
          <Note look="warm" role="alert">
            {refusalText(t, failed)}
          </Note>
        )}
        {!pending && !failed && open.length === 0 && <Note role="status">{t("book.none")}</Note>}
        {open.length > 1 && (
          <fieldset className="card stack wide tight">
            <legend>
              <h2>{t("book.kind")}</h2>
            </legend>
            {open.map((k) => (
              <Choice
                key={k}
                name="kind"
                label={t(`book.${k}`)}
                checked={kind === k}
                onChange={() => {
                  setWished(k);
                  setStartsAt("");
                }}
              />
            ))}
          </fieldset>
        )}
        {open.length > 0 && (
          <form
            className="stack wide"
            onSubmit={(e) => {
              e.preventDefault();
              book.mutate();
            }}
          >
            <fieldset className="card stack wide tight">
              <legend>
                <h2>{t("book.day")}</h2>
              </legend>
              <div className="chips days">
                {dates.map((one) => (
                  <Chip
                    key={one}
                    name="day"
                    checked={one === day}
                    onChoose={() => {
                      setDay(one);
                      setStartsAt("");
                    }}
                  >
                    {one}
                  </Chip>
                ))}
              </div>
              <div>
                <Button look="quiet" onClick={() => setDays(days + daysAtOnce)}>
                  {t("book.later")}
                </Button>
              </div>
            </fieldset>
            <fieldset className="card stack wide tight">
              <legend>
                <h2>{t("book.hour")}</h2>
              </legend>
              <HourChoice
                name="hour"
                hours={free.map((h) => ({ key: h.startsAt, minute: minuteOf(h.startsAt), text: timeOf(h.startsAt) }))}
                chosen={startsAt}
                onChoose={setStartsAt}
              />
            </fieldset>
            {kind === "psychotherapy_individual" && (
              <Field label={t("book.repeat")} hint={t("book.repeatHint")}>
                {(ids) => (
                  <select {...ids} className="input" value={weeks} onChange={(e) => setWeeks(Number(e.target.value))}>
                    {repeats.map((n) => (
                      <option key={n} value={n}>
                        {n === 1 ? t("book.once") : t("book.weeks", { count: n })}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            )}
            {book.isError && (
              <Note look="warm" role="alert">
                {refusalText(t, book.error)}
              </Note>
            )}
            <Button type="submit" look="primary" size="large wide" disabled={startsAt === "" || book.isPending}>
              {startsAt ? t("book.keep", { day: dayOf(startsAt), time: timeOf(startsAt) }) : t("book.choose")}
            </Button>
          </form>
        )}
      </div>
    </Layout>
  );
}
