import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { momentOf, shortDayOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useGroups, useNames } from "../staff/data";
import { Loaded, Section, StaffPage, Table } from "../staff/kit";
import { Reasons } from "../staff/Reasons";

const BarPicture = lazy(() => import("../staff/BarPicture"));
type Item = components["schemas"]["enrollment.GetCoverageItem"];

function weeksAhead(count: number): string[] {
  const monday = new Date();
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
  return Array.from({ length: count }, (_, i) => {
    const week = new Date(monday);
    week.setUTCDate(monday.getUTCDate() + 7 * i);
    return week.toISOString().slice(0, 10);
  });
}

/** Where the map is wider than the window, it begins with the first week that loses something. */
function toFirstLoss(frame: HTMLDivElement | null): void {
  const cell = frame?.querySelector<HTMLElement>("td:not(.heat-0)");
  const names = frame?.querySelector<HTMLElement>("th");
  if (frame && cell && names && cell.offsetLeft + cell.offsetWidth > frame.clientWidth) {
    frame.scrollLeft = cell.offsetLeft - names.offsetWidth - 8;
  }
}

// The step of a cell's colour: none, some, half, all of the seats.
const step = (lost: number, seats: number) => (lost === 0 ? 0 : lost >= seats ? 3 : lost * 2 >= seats ? 2 : 1);

/** Which seats will lose cover in the weeks to come: the weeks as a heat map, and each loss with its reason. */
export function CoveragePage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const groups = useGroups();
  const [count, setCount] = useState(12);
  const coverage = useQuery({
    queryKey: ["coverage", count],
    queryFn: () => ask(api.GET("/api/licensing/coverage", { params: { query: { weeks: count, limit: 500 } } as never })),
  });
  const weeks = weeksAhead(count);
  return (
    <StaffPage
      account={account}
      title={t("coverage.title")}
      intro={t("coverage.intro")}
      acts={
        <label className="row small">
          {t("coverage.weeks")}
          <select className="input small-input" value={count} onChange={(e) => setCount(Number(e.target.value))}>
            {[4, 8, 12, 26].map((n) => (
              <option key={n}>{n}</option>
            ))}
          </select>
        </label>
      }
    >
      <Loaded query={coverage}>
        {({ items }) => {
          const mine = (groups.data ?? []).filter((g) => account.practices.includes(g.practice));
          const rows = [
            ...mine.map((g) => ({ id: g.id, name: g.name })),
            ...[...new Set(items.map((i) => i.groupId))]
              .filter((id) => !mine.some((g) => g.id === id))
              .map((id) => ({ id, name: names.group(id) })),
          ];
          const lostIn = (week: string) => items.filter((i) => i.week === week).reduce((sum, i) => sum + i.uncovered, 0);
          return (
            <>
              <Section title={t("coverage.map")} text={items.length === 0 ? t("coverage.all") : t("coverage.mapText")}>
                <div ref={toFirstLoss} className="heat-frame" tabIndex={0} role="group" aria-label={t("coverage.map")}>
                  <table className="heat">
                    <caption className="visually-hidden">{t("coverage.mapText")}</caption>
                    <thead>
                      <tr>
                        <th scope="col">{t("word.group")}</th>
                        {weeks.map((w) => (
                          <th key={w} scope="col">
                            {shortDayOf(`${w}T12:00:00Z`)}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {rows.map((g) => (
                        <tr key={g.id}>
                          <th scope="row">
                            <Link to={`/operate/groups/${g.id}`}>{g.name}</Link>
                          </th>
                          {weeks.map((w) => (
                            <HeatCell key={w} items={items.filter((i) => i.groupId === g.id && i.week === w)} />
                          ))}
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
                <ul className="plain row small legend" aria-hidden>
                  {[0, 1, 2, 3].map((s) => (
                    <li key={s} className="row">
                      <span className={`swatch heat-${s}`} />
                      {t(`coverage.step${s as 0 | 1 | 2 | 3}`)}
                    </li>
                  ))}
                </ul>
              </Section>
              {items.length > 0 && (
                <Section title={t("coverage.perWeek")}>
                  <Suspense fallback={<div className="skeleton chart" />}>
                    <BarPicture
                      label={t("coverage.perWeek")}
                      rows={weeks.map((w) => ({ name: shortDayOf(`${w}T12:00:00Z`), lost: lostIn(w) }))}
                      bars={[{ key: "lost", name: t("coverage.lost"), look: "warm" }]}
                    />
                  </Suspense>
                </Section>
              )}
              <Section title={t("coverage.losses")} count={items.length}>
                <Table
                  caption={t("coverage.losses")}
                  rows={items}
                  keyOf={(i) => i.sessionId}
                  empty={t("coverage.all")}
                  columns={[
                    {
                      head: t("word.session"),
                      cell: (i) => (
                        <div className="stack tight">
                          <Link to={`/operate/groups/${i.groupId}/sessions/${i.sessionId}`}>{names.group(i.groupId)}</Link>
                          <span className="small soft">{momentOf(i.startsAt)}</span>
                        </div>
                      ),
                    },
                    { head: t("coverage.lost"), num: true, cell: (i) => t("work.seatsOf", { count: i.uncovered, seats: i.seats }) },
                    {
                      head: t("word.why"),
                      cell: (i) => (
                        <div className="stack tight">
                          {i.losses.map((l) => (
                            <details key={l.jurisdiction}>
                              <summary>{t("coverage.place", { place: names.place(l.jurisdiction), count: l.members })}</summary>
                              <Reasons reasons={l.reasons} />
                            </details>
                          ))}
                        </div>
                      ),
                    },
                    { head: t("coverage.known"), cell: (i) => momentOf(i.losses.map((l) => l.knownSince).sort()[0] ?? i.startsAt) },
                  ]}
                />
              </Section>
            </>
          );
        }}
      </Loaded>
    </StaffPage>
  );
}

function HeatCell({ items }: { items: Item[] }) {
  const { t } = useTranslation("staff");
  const lost = items.reduce((sum, i) => sum + i.uncovered, 0);
  const seats = items.reduce((sum, i) => sum + i.seats, 0);
  return (
    <td className={`heat-${step(lost, seats)}`}>
      {lost === 0 ? <span className="visually-hidden">{t("coverage.step0")}</span> : <span>{t("coverage.cell", { lost, seats })}</span>}
    </td>
  );
}
