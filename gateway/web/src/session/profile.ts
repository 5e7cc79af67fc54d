import { useQuery } from "@tanstack/react-query";
import { api, ApiProblem, ask } from "../api/client";
import type { components } from "../api/schema";

export type Profile = components["schemas"]["enrollment.Profile"];

/** The member's profile; null when there is none yet. */
export function useProfile(enabled: boolean) {
  return useQuery({
    queryKey: ["my-profile"],
    enabled,
    queryFn: async (): Promise<Profile | null> => {
      try {
        return (await ask(api.GET("/api/me/profile"))) as Profile;
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404 && error.retryAfter === null) {
          return null;
        }

        throw error;
      }
    },
  });
}
