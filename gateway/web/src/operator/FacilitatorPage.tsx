import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Link, useParams } from "../ui/address";
import { Plus } from "lucide-react";
import { api, ask } from "../api/client";
import { dateOf, momentOf } from "../i18n/times";
import type { Account } from "../session/account";
import { daysLeft, useFacilitators, useGroups, useJurisdictions, useNames, useProfessions, type Credential } from "../staff/data";
import { FormDialog } from "../staff/FormDialog";
import { CheckInput, SelectInput, TextInput } from "../staff/forms";
import { Facts, Loaded, Section, StaffPage, Table } from "../staff/kit";
import { Button } from "../ui/basics";
import { ImpactButton } from "./Impact";
import { Left } from "./EndingCredentials";

/** A facilitator with the credentials that everything hangs on. */
export function FacilitatorPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const { id = "" } = useParams();
  const names = useNames();
  const facilitators = useFacilitators();
  const professions = useProfessions();
  const groups = useGroups();
  const [editing, setEditing] = useState<Credential | "new" | null>(null);
  const f = facilitators.data?.find((one) => one.id === id);
  const credentials = useQuery({
    queryKey: ["credentials", id, "all"],
    queryFn: () => ask(api.GET("/api/facilitators/{id}/credentials", { params: { path: { id } } })),
    select: (page) => page.items,
  });
  const leads = (groups.data ?? []).filter((g) => g.facilitator.id === id);
  return (
    <StaffPage
      account={account}
      title={f?.displayName ?? t("word.facilitator")}
      back={<Link to="/operate/people">{t("people.title")}</Link>}
    >
      <section className="card stack wide" aria-label={t("word.facilitator")}>
        <Facts
          items={[
            [t("people.profession"), professions.data?.find((p) => p.code === f?.profession)?.name ?? f?.profession],
            [t("people.location"), names.place(f?.location ?? null)],
            [t("people.email"), f?.email ?? "—"],
            [
              t("people.leads"),
              leads.length === 0 ? (
                "—"
              ) : (
                <span className="stack tight">
                  {leads.map((g) => (
                    <Link key={g.id} to={`/operate/groups/${g.id}`}>
                      {g.name}
                    </Link>
                  ))}
                </span>
              ),
            ],
          ]}
        />
      </section>
      <Section
        title={t("credential.title")}
        text={t("credential.text")}
        acts={
          <Button look="primary" onClick={() => setEditing("new")}>
            <Plus aria-hidden />
            {t("credential.add")}
          </Button>
        }
      >
        <Loaded query={credentials}>
          {(rows) => (
            <Table
              caption={t("credential.title")}
              rows={rows.filter((c) => c.inForce).sort((a, b) => a.validTo.localeCompare(b.validTo))}
              keyOf={(c) => c.id}
              empty={t("credential.none")}
              columns={[
                {
                  head: t("word.credential"),
                  cell: (c) => (
                    <div className="stack tight">
                      <strong>{[t(`kind.${c.kind}`), c.type, c.compact].filter(Boolean).join(" · ")}</strong>
                      <span className="small soft">{c.evidence}</span>
                    </div>
                  ),
                },
                { head: t("credential.place"), cell: (c) => names.place(c.jurisdiction) },
                { head: t("credential.from"), cell: (c) => dateOf(c.validFrom) },
                { head: t("word.ends"), cell: (c) => dateOf(c.validTo) },
                { head: t("word.left"), cell: (c) => <Left days={daysLeft(c.validTo)} status={c.status} encumbered={c.encumbered} /> },
                {
                  head: t("word.acts"),
                  acts: true,
                  cell: (c) => (
                    <Button look="plain" onClick={() => setEditing(c)}>
                      {t("credential.revise")}
                    </Button>
                  ),
                },
              ]}
            />
          )}
        </Loaded>
        {credentials.data?.some((c) => !c.inForce) && (
          <details>
            <summary>{t("credential.history")}</summary>
            <ul className="plain reason-list">
              {credentials.data
                .filter((c) => !c.inForce)
                .map((c) => (
                  <li key={`${c.id}/${c.version}`}>
                    {t(`kind.${c.kind}`)} {c.type}, {names.place(c.jurisdiction)}: {dateOf(c.validFrom)} – {dateOf(c.validTo)},{" "}
                    {t(`credential.${c.status}`)}{" "}
                    <span className="small soft">({t("credential.recorded", { when: momentOf(c.recordedAt) })})</span>
                  </li>
                ))}
            </ul>
          </details>
        )}
      </Section>
      {editing && <CredentialDialog facilitator={id} known={editing === "new" ? null : editing} onOpenChange={() => setEditing(null)} />}
    </StaffPage>
  );
}

const kinds = ["licence", "telehealth_registration", "compact_privilege", "temporary_permit"] as const;
const statuses = ["active", "inactive", "suspended", "revoked", "pending"] as const;

interface CredentialFields {
  kind: Credential["kind"];
  jurisdiction: string;
  type: string;
  status: Credential["status"];
  validFrom: string;
  validTo: string;
  encumbered: boolean;
  compact: string;
  homeState: string;
  evidence: string;
}

function CredentialDialog({
  facilitator,
  known,
  onOpenChange,
}: {
  facilitator: string;
  known: Credential | null;
  onOpenChange: () => void;
}) {
  const { t } = useTranslation("staff");
  const places = useJurisdictions();
  const form = useForm<CredentialFields>({
    defaultValues: {
      kind: known?.kind ?? "licence",
      jurisdiction: known?.jurisdiction ?? "",
      type: known?.type ?? "",
      status: known?.status ?? "active",
      validFrom: known?.validFrom ?? "",
      validTo: known?.validTo ?? "",
      encumbered: known?.encumbered ?? false,
      compact: known?.compact ?? "",
      homeState: known?.homeState ?? "",
      evidence: known?.evidence ?? "",
    },
  });
  const kind = form.watch("kind");
  const bodyOf = (f: CredentialFields) => ({
    ...f,
    type: f.type || null,
    compact: (f.kind === "compact_privilege" ? f.compact || null : null) as Credential["compact"],
    homeState: f.kind === "compact_privilege" ? f.homeState || null : null,
    evidence: f.evidence || null,
  });
  const states = (places.data ?? []).filter((p) => p.code.startsWith("US-")).map((p): [string, string] => [p.code, p.name]);
  return (
    <FormDialog
      form={form}
      title={known ? t("credential.reviseTitle") : t("credential.add")}
      text={t("credential.saveText")}
      stale={["credentials"]}
      onClose={onOpenChange}
      save={async (f) => {
        await ask(
          known
            ? api.PUT("/api/facilitators/{id}/credentials/{cid}", { params: { path: { id: facilitator, cid: known.id } }, body: bodyOf(f) })
            : api.POST("/api/facilitators/{id}/credentials", { params: { path: { id: facilitator } }, body: bodyOf(f) }),
        );
        return t("credential.saved");
      }}
    >
      <div className="form-grid">
        <SelectInput form={form} name="kind" label={t("credential.kind")} options={kinds.map((k) => [k, t(`kind.${k}`)])} />
        <SelectInput form={form} name="jurisdiction" label={t("credential.place")} required empty={t("form.choose")} options={states} />
        <TextInput form={form} name="type" label={t("credential.type")} hint={t("credential.typeHint")} maxLength={40} />
        <SelectInput form={form} name="status" label={t("word.status")} options={statuses.map((s) => [s, t(`credential.${s}`)])} />
        <TextInput form={form} name="validFrom" label={t("credential.from")} type="date" required />
        <TextInput form={form} name="validTo" label={t("credential.to")} type="date" required />
        {kind === "compact_privilege" && (
          <>
            <SelectInput
              form={form}
              name="compact"
              label={t("credential.compact")}
              empty={t("form.choose")}
              options={["PSYPACT", "COUNSELING", "SOCIAL_WORK"].map((x) => [x, x])}
            />
            <SelectInput form={form} name="homeState" label={t("credential.home")} empty={t("form.choose")} options={states} />
          </>
        )}
      </div>
      <CheckInput form={form} name="encumbered" label={t("credential.encumberedLong")} />
      <TextInput
        form={form}
        name="evidence"
        label={t("credential.evidence")}
        hint={t("credential.evidenceHint")}
        rows={2}
        maxLength={500}
      />
      <ImpactButton
        start={() =>
          api.POST("/api/facilitators/{id}/credentials/impact", {
            params: { path: { id: facilitator } },
            headers: { Prefer: "respond-async" },
            body: { weeks: 12, credentialId: known?.id ?? null, credential: bodyOf(form.getValues()) },
          }) as never
        }
      />
    </FormDialog>
  );
}
