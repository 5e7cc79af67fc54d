import { useQuery } from "@tanstack/react-query";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";

export type MySession = components["schemas"]["scheduling.MySession"];

/**
 * The sessions that one takes part in or leads and that have not ended, soonest first.
 * @param most The next ones alone: a first page shows few, and each costs.
 */
export const useMySessions = (enabled: boolean, most?: number) =>
  useQuery({
    queryKey: most ? ["my-sessions", most] : ["my-sessions"],
    queryFn: () => ask(api.GET("/api/me/sessions", most ? ({ params: { query: { limit: most } } } as never) : {})),
    select: (page) => page.items,
    refetchInterval: 30_000,
    enabled,
  });
