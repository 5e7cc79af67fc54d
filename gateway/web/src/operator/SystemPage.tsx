import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "../i18n";
import { Link } from "../ui/address";
import { api, ask } from "../api/client";
import type { Account } from "../session/account";
import { AllDone, Badge, Section, StaffPage, Table } from "../staff/kit";
import { Button, Note } from "../ui/basics";

const services = ["identity", "enrollment", "scheduling", "room", "notifications"] as const;

/** Whether each service answers, how fast, and what fails in it. A service whose engine is away does not answer. */
export function SystemPage({ account }: { account: Account }) {
  const { t } = useTranslation("staff");
  const states = useQueries({
    queries: services.map((service) => ({
      queryKey: ["work", "system", service],
      queryFn: async () => {
        const query = { params: { query: { service } } };
        const started = performance.now();
        const work = await ask(api.GET("/api/work", query));
        const took = Math.round(performance.now() - started);
        const errors = await ask(api.GET("/api/work/errors", query));
        return { took, work: work.items.length, messages: errors.items.reduce((sum, e) => sum + e.messages, 0) };
      },
      retry: false,
      refetchInterval: 15_000,
    })),
  });
  const rows = services.map((service, i) => ({ service, state: states[i]! }));
  const silent = rows.filter((r) => r.state.isError);
  const busy = states.some((s) => s.isPending);
  const fails = rows.some((r) => (r.state.data?.work ?? 0) + (r.state.data?.messages ?? 0) > 0);
  return (
    <StaffPage
      account={account}
      title={t("system.title")}
      intro={t("system.intro")}
      acts={
        <Button look="plain" onClick={() => states.forEach((s) => void s.refetch())}>
          {t("system.again")}
        </Button>
      }
    >
      <div role="status">
        {silent.length > 0 ? (
          <Note look="warm">
            <span>{t("system.silent", { names: silent.map((r) => t(`system.name_${r.service}`)).join(", ") })}</span>
          </Note>
        ) : (
          !busy && !fails && <AllDone text={t("system.well")} />
        )}
      </div>
      <Section title={t("system.services")}>
        <Table
          caption={t("system.services")}
          rows={rows}
          keyOf={(r) => r.service}
          columns={[
            { head: t("system.service"), cell: (r) => <strong>{t(`system.name_${r.service}`)}</strong> },
            { head: t("system.does"), cell: (r) => t(`system.does_${r.service}`) },
            {
              head: t("word.status"),
              cell: (r) =>
                r.state.isPending ? (
                  <span className="soft">{t("system.asking")}</span>
                ) : r.state.isError ? (
                  <Badge look="danger">{t("system.away")}</Badge>
                ) : (
                  <Badge look="accent">{t("system.answers", { ms: r.state.data?.took })}</Badge>
                ),
            },
            { head: t("work.failing"), num: true, cell: (r) => r.state.data?.work ?? "—" },
            { head: t("system.messages"), num: true, cell: (r) => r.state.data?.messages ?? "—" },
          ]}
        />
        {fails && (
          <p>
            <Link to="/operate">{t("system.toWork")}</Link>
          </p>
        )}
      </Section>
    </StaffPage>
  );
}
