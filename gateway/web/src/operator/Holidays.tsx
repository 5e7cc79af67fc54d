import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "../i18n";
import { FileUp, Plus } from "lucide-react";
import { api, ask } from "../api/client";
import { dateOf } from "../i18n/times";
import { FormDialog } from "../staff/FormDialog";
import { NumberInput, SelectInput, TextInput } from "../staff/forms";
import { Loaded, ProblemNote, Section, Table } from "../staff/kit";
import { Button, Dialog, Field, toast } from "../ui/basics";

/** Days on which the groups of a practice do not meet. */
export function Holidays({ practice }: { practice: string }) {
  const { t } = useTranslation("staff");
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<"add" | "import" | null>(null);
  const list = useQuery({
    queryKey: ["holidays", practice],
    queryFn: () => ask(api.GET("/api/practices/{id}/holidays", { params: { path: { id: practice }, query: { limit: 200 } } as never })),
    select: (page) => page.items,
  });
  const remove = useMutation({
    mutationFn: (id: string) =>
      ask(api.DELETE("/api/practices/{id}/holidays/{holidayId}", { params: { path: { id: practice, holidayId: id } } }) as never),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["holidays", practice] }),
  });
  return (
    <Section
      title={t("holidays.title")}
      text={t("holidays.text")}
      acts={
        <>
          <Button look="plain" onClick={() => setDialog("import")}>
            <FileUp aria-hidden />
            {t("holidays.import")}
          </Button>
          <Button look="plain" onClick={() => setDialog("add")}>
            <Plus aria-hidden />
            {t("holidays.add")}
          </Button>
        </>
      }
    >
      <ProblemNote error={remove.error} />
      <Loaded query={list}>
        {(rows) => (
          <Table
            caption={t("holidays.title")}
            rows={rows}
            keyOf={(h) => h.id}
            empty={t("holidays.none")}
            columns={[
              { head: t("holidays.name"), cell: (h) => h.name },
              { head: t("holidays.day"), cell: (h) => dateOf(h.day) },
              {
                head: t("holidays.effect"),
                cell: (h) => (h.effect === "move" ? t("holidays.moved", { days: h.moveDays }) : t("holidays.skip")),
              },
              {
                head: t("word.acts"),
                acts: true,
                cell: (h) => (
                  <Button look="quiet" disabled={remove.isPending} onClick={() => remove.mutate(h.id)}>
                    {t("holidays.remove", { name: h.name })}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {dialog === "add" && <AddDialog practice={practice} onOpenChange={() => setDialog(null)} />}
      {dialog === "import" && <ImportDialog practice={practice} onClose={() => setDialog(null)} />}
    </Section>
  );
}

function AddDialog({ practice, onOpenChange }: { practice: string; onOpenChange: () => void }) {
  const { t } = useTranslation("staff");
  const form = useForm({ defaultValues: { name: "", day: "", effect: "skip", moveDays: 1 } });
  return (
    <FormDialog
      form={form}
      title={t("holidays.add")}
      text={t("holidays.addText")}
      submit={t("holidays.add")}
      stale={["holidays", practice]}
      onClose={onOpenChange}
      save={async (f) => {
        const said = await ask(
          api.POST("/api/practices/{id}/holidays", {
            params: { path: { id: practice } },
            body: { name: f.name, day: f.day, effect: f.effect as "skip", moveDays: f.effect === "move" ? f.moveDays : null },
          }),
        );
        return t("holidays.added", { cancelled: said.cancelled, moved: said.moved });
      }}
    >
      <TextInput form={form} name="name" label={t("holidays.name")} required maxLength={80} />
      <TextInput form={form} name="day" label={t("holidays.day")} type="date" required />
      <SelectInput
        form={form}
        name="effect"
        label={t("holidays.effect")}
        options={[
          ["skip", t("holidays.skip")],
          ["move", t("holidays.move")],
        ]}
      />
      {form.watch("effect") === "move" && (
        <NumberInput form={form} name="moveDays" label={t("holidays.moveDays")} required min={-6} max={6} />
      )}
    </FormDialog>
  );
}

/** The days of a calendar file, as states and schools publish them. */
function ImportDialog({ practice, onClose }: { practice: string; onClose: () => void }) {
  const { t } = useTranslation("staff");
  const { t: c } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const load = useMutation({
    mutationFn: async () =>
      ask(
        api.POST("/api/practices/{id}/holidays", {
          params: { path: { id: practice } },
          body: { ics: await file!.text(), effect: "skip" },
        }),
      ),
    onSuccess: async (said) => {
      await queries.invalidateQueries({ queryKey: ["holidays", practice] });
      toast(t("holidays.imported", { added: said.added.length, cancelled: said.cancelled, moved: said.moved }));
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={onClose} title={t("holidays.importTitle")} text={t("holidays.importText")}>
      <form
        className="stack wide"
        onSubmit={(e) => {
          e.preventDefault();
          load.mutate();
        }}
      >
        <Field label={t("holidays.file")}>
          {(ids) => (
            <input
              {...ids}
              className="input file-input"
              type="file"
              accept=".ics,text/calendar"
              required
              onChange={(e) => (setFile(e.target.files?.[0] ?? null), load.reset())}
            />
          )}
        </Field>
        <ProblemNote error={load.error} />
        <div className="row end">
          <Button look="quiet" onClick={onClose}>
            {c("app.cancel")}
          </Button>
          <Button type="submit" look="primary" disabled={!file || load.isPending}>
            {t("holidays.import")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
