import { useState } from "react";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { Plus } from "lucide-react";
import { dayName, momentOf, wallTime } from "../i18n/times";
import { topicName } from "../pages/topics";
import type { Account } from "../session/account";
import { useGroups, type Group } from "../staff/data";
import { Loaded, StaffPage, Table } from "../staff/kit";
import { Field } from "../ui/basics";
import { Meter } from "../ui/Meter";

/** The groups of the operator's practices. */
export function GroupsPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const groups = useGroups();
  const [search, setSearch] = useState("");
  const mine = (all: Group[]) =>
    all
      .filter((g) => account.practices.includes(g.practice) && g.name.toLowerCase().includes(search.toLowerCase()))
      .sort((a, b) => (a.nextSessionAt ?? "9").localeCompare(b.nextSessionAt ?? "9"));
  return (
    <StaffPage
      account={account}
      title={t("groups.title")}
      intro={t("groups.intro")}
      acts={
        <Link className="button primary" to="/operate/groups/new">
          <Plus aria-hidden />
          {t("groups.new")}
        </Link>
      }
    >
      <Loaded query={groups}>
        {(all) => (
          <section className="card stack wide" aria-label={t("groups.title")}>
            <Field label={t("form.search")}>
              {(ids) => <input {...ids} className="input" type="search" value={search} onChange={(e) => setSearch(e.target.value)} />}
            </Field>
            <Table
              caption={t("groups.title")}
              rows={mine(all)}
              keyOf={(g) => g.id}
              empty={t("groups.none")}
              columns={[
                {
                  head: t("word.group"),
                  cell: (g) => (
                    <div className="stack tight">
                      <Link to={`/operate/groups/${g.id}`}>{g.name}</Link>
                      <span className="small soft">{topicName(g.topic)}</span>
                    </div>
                  ),
                },
                { head: t("word.facilitator"), cell: (g) => g.facilitator.displayName },
                {
                  head: t("groups.weekly"),
                  cell: (g) => (
                    <div className="stack tight">
                      <span>{`${dayName(g.schedule.dayOfWeek)}, ${wallTime(g.schedule.localTime)}`}</span>
                      <span className="small soft">{g.schedule.timeZone.split("/").pop()!.replaceAll("_", " ")}</span>
                    </div>
                  ),
                },
                { head: t("groups.next"), cell: (g) => (g.nextSessionAt ? momentOf(g.nextSessionAt) : "—") },
                {
                  head: t("groups.seats"),
                  cell: (g) => (
                    <Meter
                      value={g.capacity - g.seatsLeft}
                      of={g.capacity}
                      text={t("groups.taken", { taken: g.capacity - g.seatsLeft, of: g.capacity })}
                    />
                  ),
                },
              ]}
            />
          </section>
        )}
      </Loaded>
    </StaffPage>
  );
}
