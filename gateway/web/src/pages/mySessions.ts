import { useQuery } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";

export type MySession = components["schemas"]["scheduling.MySession"];

/** The sessions that one takes part in or leads and that have not ended, soonest first. */
export const useMySessions = (enabled: boolean) =>
  useQuery({
    queryKey: ["my-sessions"],
    queryFn: () => ask(api.GET("/api/me/sessions")),
    select: (page) => page.items,
    refetchInterval: 30_000,
    enabled,
  });
