import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Link, useParams } from "../ui/address";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { dateOf, momentOf, today } from "../i18n/times";
import type { Account } from "../session/account";
import { useJurisdictions, useNames, usePages, usePractices } from "../staff/data";
import { FormDialog } from "../staff/FormDialog";
import { SelectInput, TextInput } from "../staff/forms";
import { Badge, Facts, Loaded, Pages, Section, StaffPage, Table } from "../staff/kit";
import { Button, Field } from "../ui/basics";
import { Outcome } from "./Impact";

type Whole = components["schemas"]["enrollment.GetMemberWhole"];

export function MembersPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const names = useNames();
  const [search, setSearch] = useState("");
  const members = usePages(["members", "pages"], (cursor) => ask(api.GET("/api/members", { params: { query: { limit: 500, cursor } } })));
  return (
    <StaffPage account={account} title={t("members.title")} intro={t("members.intro")}>
      <section className="card stack wide" aria-label={t("members.title")}>
        <Field label={t("form.search")}>
          {(ids) => <input {...ids} className="input" type="search" value={search} onChange={(e) => setSearch(e.target.value)} />}
        </Field>
        <Pages query={members}>
          {(rows) => (
            <Table
              caption={t("members.title")}
              rows={rows.filter((m) => (m.legalName ?? "").toLowerCase().includes(search.toLowerCase()))}
              keyOf={(m) => m.id}
              empty={t("members.none")}
              columns={[
                { head: t("word.name"), cell: (m) => <Link to={`/operate/members/${m.id}`}>{m.legalName ?? t("members.unnamed")}</Link> },
                { head: t("members.lives"), cell: (m) => names.place(m.jurisdiction) },
                { head: t("members.seats"), num: true, cell: (m) => m.liveEnrollments },
              ]}
            />
          )}
        </Pages>
      </section>
    </StaffPage>
  );
}

/** A member's profile and decisions, as the practice sees them; never the text of a room. */
export function MemberPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const names = useNames();
  const [dialog, setDialog] = useState<"residence" | "intake" | null>(null);
  const member = useQuery({ queryKey: ["member", id], queryFn: () => ask(api.GET("/api/members/{id}", { params: { path: { id } } })) });
  return (
    <StaffPage
      account={account}
      title={member.data?.profile?.legalName ?? t("word.member")}
      back={<Link to="/operate/members">{t("members.title")}</Link>}
      acts={
        <>
          <Button look="plain" onClick={() => setDialog("intake")}>
            {t("members.intake")}
          </Button>
          <Button look="plain" onClick={() => setDialog("residence")}>
            {t("members.correct")}
          </Button>
        </>
      }
    >
      <Loaded query={member}>
        {(m) => (
          <>
            <Profile m={m} />
            <Section title={t("members.enrollments")}>
              <Table
                caption={t("members.enrollments")}
                rows={m.enrollments}
                keyOf={(e) => e.id}
                empty={t("members.noSeats")}
                columns={[
                  { head: t("word.group"), cell: (e) => <Link to={`/operate/groups/${e.groupId}`}>{names.group(e.groupId)}</Link> },
                  {
                    head: t("word.status"),
                    cell: (e) => (
                      <Badge look={e.status === "enrolled" ? "accent" : e.status === "held" ? "warm" : ""}>
                        {t(`enrollment.${e.status}`)}
                      </Badge>
                    ),
                  },
                  { head: t("word.since"), cell: (e) => momentOf(e.createdAt) },
                ]}
              />
            </Section>
            <Section title={t("members.residences")} text={t("members.residencesText")}>
              <Table
                caption={t("members.residences")}
                rows={m.residences}
                keyOf={(r) => r.recordedAt}
                columns={[
                  { head: t("members.lives"), cell: (r) => `${names.place(r.jurisdiction)} ${r.postalCode ?? ""}` },
                  { head: t("word.since"), cell: (r) => (r.since ? dateOf(r.since) : "—") },
                  { head: t("members.recorded"), cell: (r) => momentOf(r.recordedAt) },
                  { head: t("members.evidence"), cell: (r) => r.evidence ?? t("members.self") },
                ]}
              />
            </Section>
            {m.attestedPlaces.length > 0 && (
              <Section title={t("members.attested")}>
                <Table
                  caption={t("members.attested")}
                  rows={m.attestedPlaces}
                  keyOf={(p) => p.decisionId}
                  columns={[
                    { head: t("members.place"), cell: (p) => names.place(p.jurisdiction) },
                    { head: t("word.when"), cell: (p) => (p.attestedAt ? momentOf(p.attestedAt) : "—") },
                    {
                      head: t("word.decision"),
                      cell: (p) => (
                        <Link to={`/operate/decisions/${p.decisionId}`}>
                          <Outcome outcome={p.outcome} />
                        </Link>
                      ),
                    },
                  ]}
                />
              </Section>
            )}
            <Section title={t("decisions.title")} count={m.decisions.length}>
              <Table
                caption={t("decisions.title")}
                rows={m.decisions}
                keyOf={(d) => d.id}
                empty={t("decisions.none")}
                columns={[
                  { head: t("word.when"), cell: (d) => <Link to={`/operate/decisions/${d.id}`}>{momentOf(d.at)}</Link> },
                  { head: t("decisions.point"), cell: (d) => t(`point.${d.point}`) },
                  { head: t("word.group"), cell: (d) => names.group(d.groupId) },
                  { head: t("decisions.outcome"), cell: (d) => <Outcome outcome={d.outcome} /> },
                ]}
              />
            </Section>
            {m.intakes.length > 0 && (
              <Section title={t("members.intakes")}>
                <ul className="plain reason-list">
                  {m.intakes.map((i) => (
                    <li key={i.id}>
                      {dateOf(i.doneOn)} · {names.practice(i.practice)} {i.note && `· ${i.note}`}
                    </li>
                  ))}
                </ul>
              </Section>
            )}
          </>
        )}
      </Loaded>
      {dialog === "residence" && <ResidenceDialog id={id} onOpenChange={() => setDialog(null)} />}
      {dialog === "intake" && <IntakeDialog id={id} onOpenChange={() => setDialog(null)} />}
    </StaffPage>
  );
}

function Profile({ m }: { m: Whole }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const p = m.profile;
  return (
    <section className="card stack wide" aria-label={t("members.profile")}>
      {p ? (
        <Facts
          items={[
            [t("members.legalName"), p.legalName],
            [c("profile.dateOfBirth"), dateOf(p.dateOfBirth)],
            [c("profile.phone"), p.phone],
            [
              t("members.home"),
              `${p.residence.line1}, ${p.residence.city}, ${p.residence.state ?? p.residence.country} ${p.residence.postalCode}`,
            ],
            [t("members.contact"), `${p.emergencyContact.name} (${p.emergencyContact.relation}), ${p.emergencyContact.phone}`],
          ]}
        />
      ) : (
        <p className="soft">{t("members.noProfile")}</p>
      )}
    </section>
  );
}

function ResidenceDialog({ id, onOpenChange }: { id: string; onOpenChange: () => void }) {
  const { t } = useTranslation("staff");
  const places = useJurisdictions();
  const form = useForm({ defaultValues: { jurisdiction: "", from: "", evidence: "" } });
  return (
    <FormDialog
      form={form}
      title={t("members.correct")}
      text={t("members.correctText")}
      stale={["member", id]}
      onClose={onOpenChange}
      save={async (f) => {
        await ask(api.POST("/api/members/{id}/residence", { params: { path: { id } }, body: f }) as never);
      }}
    >
      <SelectInput
        form={form}
        name="jurisdiction"
        label={t("members.lives")}
        required
        empty={t("form.choose")}
        options={(places.data ?? []).map((p) => [p.code, p.name])}
      />
      <TextInput form={form} name="from" label={t("word.since")} type="date" required />
      <TextInput form={form} name="evidence" label={t("members.evidence")} required rows={2} maxLength={500} />
    </FormDialog>
  );
}

function IntakeDialog({ id, onOpenChange }: { id: string; onOpenChange: () => void }) {
  const { t } = useTranslation("staff");
  const practices = usePractices();
  const form = useForm({ defaultValues: { practice: "", doneOn: today(), note: "" } });
  return (
    <FormDialog
      form={form}
      title={t("members.intake")}
      text={t("members.intakeText")}
      stale={["member", id]}
      onClose={onOpenChange}
      save={async (f) => {
        await ask(api.POST("/api/members/{id}/intakes", { params: { path: { id } }, body: { ...f, note: f.note || null } }));
      }}
    >
      <SelectInput
        form={form}
        name="practice"
        label={t("word.practice")}
        required
        empty={t("form.choose")}
        options={(practices.data ?? []).map((p) => [p.id, p.name])}
      />
      <TextInput form={form} name="doneOn" label={t("members.intakeOn")} type="date" required />
      <TextInput form={form} name="note" label={t("members.note")} rows={2} maxLength={500} />
    </FormDialog>
  );
}
