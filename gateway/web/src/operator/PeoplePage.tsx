import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { UserPlus } from "lucide-react";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { momentOf } from "../i18n/times";
import type { Account } from "../session/account";
import { useFacilitators, useJurisdictions, useNames, usePages, usePractices, useProfessions } from "../staff/data";
import { FormDialog } from "../staff/FormDialog";
import { CheckInput, SelectInput, showErrors, TextInput } from "../staff/forms";
import { Badge, Loaded, Pages, ProblemNote, ReasonDialog, Section, StaffPage, Table } from "../staff/kit";
import { Button, Dialog, Note, toast } from "../ui/basics";

type Staff = components["schemas"]["identity.ListStaffStaffAccount"];

/** The staff: accounts with their roles, invitations, and the facilitators' professions. */
export function PeoplePage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const [inviting, setInviting] = useState(false);
  const [adding, setAdding] = useState<Staff | null>(null);
  const staff = usePages(["staff"], (cursor) =>
    ask(api.GET("/api/identity/accounts", { params: { query: { limit: 200, cursor } } as never })),
  );
  const facilitators = useFacilitators();
  return (
    <StaffPage
      account={account}
      title={t("people.title")}
      intro={t("people.intro")}
      acts={
        <Button look="primary" onClick={() => setInviting(true)}>
          <UserPlus aria-hidden />
          {t("people.invite")}
        </Button>
      }
    >
      <Facilitators />
      <Section title={t("people.staff")} text={t("people.staffText")}>
        <Pages query={staff}>
          {(rows) => (
            <StaffTable
              me={account.id}
              rows={rows.filter((r) => account.practices.includes(r.practice))}
              known={facilitators.data?.map((f) => f.id) ?? []}
              onAdd={setAdding}
            />
          )}
        </Pages>
      </Section>
      <InviteDialog account={account} open={inviting} onOpenChange={setInviting} />
      {adding && <AddFacilitator person={adding} onOpenChange={() => setAdding(null)} />}
    </StaffPage>
  );
}

function Facilitators() {
  const { t } = useTranslation("staff");
  const names = useNames();
  const facilitators = useFacilitators();
  const professions = useProfessions();
  return (
    <Section title={t("people.facilitators")} count={facilitators.data?.length}>
      <Loaded query={facilitators}>
        {(rows) => (
          <Table
            caption={t("people.facilitators")}
            rows={rows}
            keyOf={(f) => f.id}
            empty={t("people.noFacilitators")}
            columns={[
              {
                head: t("word.name"),
                cell: (f) => (
                  <div className="stack tight">
                    <Link to={`/operate/people/${f.id}`}>{f.displayName}</Link>
                    <span className="small soft">{f.email}</span>
                  </div>
                ),
              },
              { head: t("people.profession"), cell: (f) => professions.data?.find((p) => p.code === f.profession)?.name ?? f.profession },
              { head: t("people.location"), cell: (f) => names.place(f.location) },
              { head: t("word.practice"), cell: (f) => f.practices.map(names.practice).join(", ") },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function StaffTable(props: { me: string; rows: Staff[]; known: string[]; onAdd: (row: Staff) => void }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const names = useNames();
  const [taking, setTaking] = useState<Staff | null>(null);
  const approve = useMutation({
    mutationFn: (row: Staff) =>
      ask(api.POST("/api/identity/accounts/{id}/approve", { params: { path: { id: row.id } }, body: { practice: row.practice } }) as never),
    onSuccess: () => {
      toast(t("people.approved"));
      return queries.invalidateQueries({ queryKey: ["staff"] });
    },
  });
  return (
    <>
      <ProblemNote error={approve.error} />
      <Table
        caption={t("people.staff")}
        rows={props.rows}
        keyOf={(r) => `${r.id}/${r.practice}`}
        columns={[
          {
            head: t("word.name"),
            cell: (r) => (
              <div className="stack tight">
                <strong>{r.displayName}</strong>
                <span className="small soft">{r.email}</span>
              </div>
            ),
          },
          { head: t("word.practice"), cell: (r) => names.practice(r.practice) },
          {
            head: t("people.roles"),
            cell: (r) => (
              <span className="row">
                {r.roles.map((role) => (
                  <Badge key={role} look={role === "operator" ? "accent" : ""}>
                    {t(`role.${role}`)}
                  </Badge>
                ))}
              </span>
            ),
          },
          {
            head: t("word.status"),
            cell: (r) =>
              r.invitedUntil ? (
                <Badge look="warm">{t("people.invitedUntil", { until: momentOf(r.invitedUntil) })}</Badge>
              ) : r.roles.includes("operator") && r.invitedBy && !r.approvedBy ? (
                <Badge look="warm">{t("people.waitsApproval")}</Badge>
              ) : (
                t("people.since", { when: momentOf(r.since) })
              ),
          },
          {
            head: t("word.acts"),
            acts: true,
            cell: (r) => (
              <span className="row">
                {r.roles.includes("operator") &&
                  r.invitedBy &&
                  r.invitedBy !== props.me &&
                  r.id !== props.me &&
                  !r.approvedBy &&
                  !r.invitedUntil && (
                    <Button look="primary" disabled={approve.isPending} onClick={() => approve.mutate(r)}>
                      {t("people.approve")}
                    </Button>
                  )}
                {r.roles.includes("facilitator") && !props.known.includes(r.id) && (
                  <Button look="plain" onClick={() => props.onAdd(r)}>
                    {t("people.profession")}
                  </Button>
                )}
                {r.id !== props.me && (
                  <Button look="quiet" onClick={() => setTaking(r)}>
                    {t("people.withdraw")}
                  </Button>
                )}
              </span>
            ),
          },
        ]}
      />
      <ReasonDialog
        open={taking !== null}
        onOpenChange={() => setTaking(null)}
        title={t("people.withdrawTitle", { name: taking?.displayName })}
        text={t("people.withdrawText", { practice: names.practice(taking?.practice ?? "") })}
        label={t("people.withdrawNote")}
        optional
        danger
        submit={t("people.withdraw")}
        onSubmit={async () => {
          await ask(
            api.POST("/api/identity/accounts/{id}/withdraw", {
              params: { path: { id: taking!.id } },
              body: { practice: taking!.practice },
            }) as never,
          );
          toast(t("people.withdrawn"));
          await queries.invalidateQueries({ queryKey: ["staff"] });
        }}
      />
    </>
  );
}

function InviteDialog({ account, open, onOpenChange }: { account: Account; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const queries = useQueryClient();
  const practices = usePractices();
  const [invitation, setInvitation] = useState<string | null | undefined>(undefined);
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm({
    defaultValues: {
      email: "",
      displayName: "",
      practice: account.practices.find((p) => p !== "platform") ?? "",
      facilitator: true,
      operator: false,
    },
  });
  const close = (value: boolean) => {
    onOpenChange(value);
    setInvitation(undefined);
    form.reset();
  };
  const submit = form.handleSubmit(async (f) => {
    setProblem(null);
    try {
      const said = await ask(
        api.POST("/api/identity/accounts", {
          body: {
            email: f.email,
            displayName: f.displayName,
            practice: f.practice,
            roles: [...(f.facilitator ? (["facilitator"] as const) : []), ...(f.operator ? (["operator"] as const) : [])],
          },
        }),
      );
      setInvitation(said.invitation);
      await queries.invalidateQueries({ queryKey: ["staff"] });
    } catch (error) {
      setProblem(showErrors(form, error, (path) => (path.startsWith("roles") ? "facilitator" : path)));
    }
  });
  return (
    <Dialog open={open} onOpenChange={close} title={t("people.inviteTitle")} text={t("people.inviteText")}>
      {invitation !== undefined ? (
        <>
          <Note role="status">
            <strong>{t("people.invited")}</strong>
            {invitation && <code className="secret">{invitation}</code>}
          </Note>
          <div className="row end">
            <Button look="primary" onClick={() => close(false)}>
              {c("app.close")}
            </Button>
          </div>
        </>
      ) : (
        <form className="stack wide" onSubmit={submit} noValidate>
          <TextInput form={form} name="displayName" label={t("word.name")} hint={t("people.nameHint")} required maxLength={80} />
          <TextInput form={form} name="email" label={t("people.email")} type="email" required />
          <SelectInput
            form={form}
            name="practice"
            label={t("word.practice")}
            required
            options={account.practices.map((p) => [p, practices.data?.find((x) => x.id === p)?.name ?? p])}
          />
          <fieldset>
            <legend>{t("people.roles")}</legend>
            <div className="stack wide tight">
              <CheckInput form={form} name="facilitator" label={t("role.facilitator")} />
              <CheckInput form={form} name="operator" label={t("role.operator")} />
            </div>
          </fieldset>
          <ProblemNote error={problem} />
          <div className="row end">
            <Button look="quiet" onClick={() => close(false)}>
              {c("app.cancel")}
            </Button>
            <Button type="submit" look="primary" disabled={form.formState.isSubmitting}>
              {t("people.invite")}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function AddFacilitator({ person, onOpenChange }: { person: Staff; onOpenChange: () => void }) {
  const { t } = useTranslation("staff");
  const professions = useProfessions();
  const places = useJurisdictions();
  const form = useForm({ defaultValues: { profession: "", location: "" } });
  return (
    <FormDialog
      form={form}
      title={person.displayName}
      text={t("people.professionText")}
      stale={["facilitators"]}
      onClose={onOpenChange}
      save={async (f) => {
        await ask(api.POST("/api/facilitators", { body: { accountId: person.id, ...f } }));
      }}
    >
      <SelectInput
        form={form}
        name="profession"
        label={t("people.profession")}
        required
        empty={t("form.choose")}
        options={(professions.data ?? []).map((p) => [p.code, p.name])}
      />
      <SelectInput
        form={form}
        name="location"
        label={t("people.location")}
        required
        empty={t("form.choose")}
        options={(places.data ?? []).filter((p) => p.code.startsWith("US-")).map((p) => [p.code, p.name])}
      />
    </FormDialog>
  );
}
