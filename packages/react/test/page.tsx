/** A page around what is tested, and the server it speaks to. */
import { cleanup } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach } from "vitest";
import { Client, TenutoProvider } from "../src/index.ts";
import { type Answering, type Double, serve } from "./server.ts";

/** The server of the test that runs. */
export let double: Double;

afterEach(async () => {
  cleanup();
  await double.close();
});

/** The page, mounted twice for practice as React's strict mode does. */
export async function page(answering: Answering): Promise<{ wrapper: (props: { children: ReactNode }) => ReactNode }> {
  double = await serve(answering);
  const client = new Client({ baseUrl: double.url });
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => (
    <StrictMode>
      <TenutoProvider client={client}>{children}</TenutoProvider>
    </StrictMode>
  );
  return { wrapper };
}
