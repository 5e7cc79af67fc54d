import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link, useParams, useSearchParams } from "../ui/address";
import { CircleCheck, Printer, RotateCcw, TriangleAlert } from "lucide-react";
import { api, ask } from "../api/client";
import { dateOf, momentOf, stampOf } from "../i18n/times";
import { conditionText } from "../pages/refusals";
import type { Account } from "../session/account";
import { useGroups, useMembers, useNames, usePages, useProfessions, type Decision } from "../staff/data";
import { Facts, Loaded, Pages, ProblemNote, Section, StaffPage, Table } from "../staff/kit";
import { Reasons } from "../staff/Reasons";
import { Button, Field, Note } from "../ui/basics";
import { Outcome } from "./Impact";

export function DecisionsPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const members = useMembers();
  const groups = useGroups();
  const [query, setQuery] = useSearchParams();
  const memberId = query.get("member") ?? "";
  const groupId = query.get("group") ?? "";
  const set = (name: string, value: string) =>
    setQuery((q) => {
      if (value) {
        q.set(name, value);
      } else {
        q.delete(name);
      }

      return q;
    });
  const decisions = usePages(["decisions", memberId, groupId], (cursor) =>
    ask(
      api.GET("/api/licensing/decisions", {
        params: { query: { order: "newest", limit: 50, cursor, memberId: memberId || undefined, groupId: groupId || undefined } as never },
      }),
    ),
  );
  return (
    <StaffPage account={account} title={t("decisions.title")} intro={t("decisions.intro")}>
      <section className="card stack wide" aria-label={t("decisions.title")}>
        <div className="form-grid">
          <Field label={t("word.member")}>
            {(ids) => (
              <select {...ids} className="input" value={memberId} onChange={(e) => set("member", e.target.value)}>
                <option value="">{t("form.all")}</option>
                {(members.data ?? []).map((m) => (
                  <option key={m.id} value={m.id}>
                    {m.legalName ?? t("members.unnamed")}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label={t("word.group")}>
            {(ids) => (
              <select {...ids} className="input" value={groupId} onChange={(e) => set("group", e.target.value)}>
                <option value="">{t("form.all")}</option>
                {(groups.data ?? []).map((g) => (
                  <option key={g.id} value={g.id}>
                    {g.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
        <Pages query={decisions}>
          {(rows) => (
            <Table
              caption={t("decisions.title")}
              rows={rows}
              keyOf={(d) => d.id}
              empty={t("decisions.none")}
              columns={[
                { head: t("word.when"), cell: (d) => <Link to={`/operate/decisions/${d.id}`}>{momentOf(d.at)}</Link> },
                { head: t("word.member"), cell: (d) => names.member(d.memberId) },
                { head: t("decisions.point"), cell: (d) => t(`point.${d.point}`) },
                { head: t("word.group"), cell: (d) => names.group(d.groupId) },
                { head: t("decisions.outcome"), cell: (d) => <Outcome outcome={d.decision.outcome} /> },
              ]}
            />
          )}
        </Pages>
      </section>
    </StaffPage>
  );
}

interface Inputs {
  request?: {
    facilitators?: {
      id: string;
      role: string;
      profession: string;
      location: string;
      credentials?: {
        kind: "licence";
        jurisdiction: string;
        type: string | null;
        status: "active";
        validFrom: string;
        validTo: string;
        encumbered: boolean;
      }[];
    }[];
    group?: { serviceClass: "intake"; minimumAge: number };
    member?: {
      dateOfBirth: string | null;
      residence: { jurisdiction: string; since: string | null; postalCode: string | null } | null;
      location: { jurisdiction: string; attestedAt: string } | null;
      guardianConsent: boolean;
      crisis: boolean;
    };
    modality?: string;
    until?: string;
  };
}

/** One decision as one would read it to a board: what was decided, why, on what facts, by which rules; and whether it comes out the same again. */
export function DecisionPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const decision = useQuery({
    queryKey: ["decision", id],
    queryFn: () => ask(api.GET("/api/licensing/decisions/{id}", { params: { path: { id } } })),
    staleTime: Infinity,
  });
  const replay = useMutation({ mutationFn: () => ask(api.POST("/api/licensing/decisions/{id}/replay", { params: { path: { id } } })) });
  return (
    <StaffPage
      account={account}
      title={t("decisions.record")}
      back={
        <span className="no-print">
          <Link to="/operate/decisions">{t("decisions.title")}</Link>
        </span>
      }
      acts={
        <>
          <Button look="plain" disabled={replay.isPending} onClick={() => replay.mutate()}>
            <RotateCcw aria-hidden />
            {t("decisions.replay")}
          </Button>
          <Button look="plain" onClick={() => print()}>
            <Printer aria-hidden />
            {t("decisions.print")}
          </Button>
        </>
      }
    >
      <ProblemNote error={replay.error} />
      {replay.data && (
        <Note
          look={replay.data.identical ? "" : "danger"}
          icon={replay.data.identical ? <CircleCheck aria-hidden /> : <TriangleAlert aria-hidden />}
          role="status"
        >
          <strong>{replay.data.identical ? t("decisions.identical") : t("decisions.different")}</strong>
          <span className="small">{t("decisions.replayedAt", { when: stampOf(Date.now()) })}</span>
        </Note>
      )}
      <Loaded query={decision}>{(d) => <Record d={d} />}</Loaded>
      <p className="print-only small">{t("decisions.printed", { when: stampOf(Date.now()), name: account.displayName })}</p>
    </StaffPage>
  );
}

function Record({ d }: { d: Decision }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const names = useNames();
  const professions = useProfessions().data;
  const inputs = (d.inputs ?? {}) as Inputs;
  const { member, group, modality, facilitators = [] } = inputs.request ?? {};
  return (
    <article className="record stack wide">
      <section className="card stack wide" aria-label={t("decisions.outcome")}>
        <p className="lead">
          {t("decisions.sentence", {
            member: names.member(d.memberId),
            group: names.group(d.groupId),
            when: stampOf(d.at),
          })}
        </p>
        <div className="row verdict">
          <Outcome outcome={d.decision.outcome} />
          <span>{t(`decisions.means_${d.decision.outcome}`)}</span>
        </div>
        <Facts
          items={[
            [t("decisions.point"), t(`point.${d.point}`)],
            [t("word.practice"), names.practice(d.practice)],
            [t("decisions.next"), d.decision.nextRecheckAt ? stampOf(d.decision.nextRecheckAt) : t("decisions.never")],
            ...(d.told ? ([[t("decisions.told"), d.told]] as [string, string][]) : []),
          ]}
        />
      </section>
      <Section title={t("decisions.reasons")}>
        <Reasons reasons={d.decision.reasons} whole />
        {d.decision.conditions.length > 0 && (
          <>
            <h3>{t("decisions.conditions")}</h3>
            <ul>
              {d.decision.conditions.map((x) => (
                <li key={x}>{conditionText(x)}</li>
              ))}
            </ul>
          </>
        )}
      </Section>
      <Section title={t("decisions.facts")} text={t("decisions.factsText")}>
        <h3>{t("word.member")}</h3>
        <Facts
          items={[
            [c("profile.dateOfBirth"), member?.dateOfBirth ? dateOf(member.dateOfBirth) : "—"],
            [
              t("members.lives"),
              member?.residence
                ? [
                    `${names.place(member.residence.jurisdiction)} ${member.residence.postalCode ?? ""}`,
                    member.residence.since && t("decisions.since", { date: dateOf(member.residence.since) }),
                  ]
                    .filter(Boolean)
                    .join(", ")
                : "—",
            ],
            [
              t("decisions.location"),
              member?.location
                ? `${names.place(member.location.jurisdiction)}, ${stampOf(member.location.attestedAt)}`
                : t("decisions.notAsked"),
            ],
            [t("decisions.guardian"), member?.guardianConsent ? t("word.yes") : t("word.no")],
            [t("decisions.crisis"), member?.crisis ? t("word.yes") : t("word.no")],
          ]}
        />
        {group && (
          <>
            <h3>{t("word.group")}</h3>
            <Facts
              items={[
                [t("groups.class"), t(`class.${group.serviceClass}`)],
                [t("groups.minimumAge"), group.minimumAge],
                [t("groups.modality"), modality === "in_person" ? t("groups.in_person") : t("groups.video")],
              ]}
            />
          </>
        )}
        {facilitators.map((f) => (
          <div key={f.id} className="stack wide tight">
            <h3>{names.facilitator(f.id)}</h3>
            <p className="soft">
              {t("decisions.works", {
                profession: professions?.find((p) => p.code === f.profession)?.name ?? f.profession,
                place: names.place(f.location),
              })}
            </p>
            <Table
              dense
              caption={t("credential.title")}
              rows={f.credentials ?? []}
              keyOf={(x) => `${x.kind}${x.jurisdiction}${x.validFrom}`}
              empty={t("credential.none")}
              columns={[
                { head: t("word.credential"), cell: (x) => `${t(`kind.${x.kind}`)} ${x.type ?? ""}` },
                { head: t("credential.place"), cell: (x) => names.place(x.jurisdiction) },
                {
                  head: t("word.status"),
                  cell: (x) => t(`credential.${x.status}`) + (x.encumbered ? `, ${t("credential.encumbered")}` : ""),
                },
                { head: t("credential.from"), cell: (x) => dateOf(x.validFrom) },
                { head: t("word.ends"), cell: (x) => dateOf(x.validTo) },
              ]}
            />
          </div>
        ))}
      </Section>
      <Section title={t("decisions.basis")}>
        <Facts
          items={[
            [t("rules.version"), <Link to={`/operate/rules/${d.decision.ruleSet.version}`}>{d.decision.ruleSet.version}</Link>],
            ["SHA-256", <code className="hash">{d.decision.ruleSet.sha256}</code>],
            [t("decisions.engine"), <code>{d.decision.engine}</code>],
            [t("decisions.number"), <code className="hash">{d.id}</code>],
            [t("decisions.recorded"), stampOf(d.recordedAt)],
          ]}
        />
      </Section>
    </article>
  );
}
