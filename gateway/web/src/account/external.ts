import { useQuery } from "@tanstack/react-query";
import { call } from "./calls";

/** The provider that people may sign in with, beside passwords or in their place. */
export function useExternalProvider(): { name: string | null; only: boolean } | undefined {
  return useQuery({
    queryKey: ["external"],
    queryFn: () => call<{ name: string | null; only: boolean }>("GET", "external"),
    staleTime: Infinity,
    retry: false,
  }).data;
}

/** The address that leads there; `again` has the provider ask the person anew. */
export function externalStart(returnTo: string, again = false): string {
  return `/api/identity/external/start?returnTo=${encodeURIComponent(returnTo)}${again ? "&again=true" : ""}`;
}
