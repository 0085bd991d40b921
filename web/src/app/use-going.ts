/** The keys that lead to places. */
import { useNavigate } from "@tanstack/react-router";
import type { Handlers } from "~/lib/keyboard";
import { places } from "./places.ts";

export function useGoing(): Handlers {
  const navigate = useNavigate();
  return Object.fromEntries(places.map((place) => [place.command, () => void navigate({ to: place.path })]));
}
