/** Which server the hooks of a page speak to. */
"use client";

import { type ReactElement, type ReactNode, createContext, useContext } from "react";
import { Client } from "./core/client.ts";

/** Without a provider: the origin of the page, with its cookie. It holds no state, so requests of a server may share it. */
const sameOrigin = new Client();
const Context = createContext<Client>(sameOrigin);

export interface TenutoProviderProps {
  /** Made once, outside of components: a new one closes every stream. */
  client: Client;
  children?: ReactNode;
}

/** Gives a client to every hook inside it; needed only where the server is not the page's own origin. */
export function TenutoProvider({ client, children }: TenutoProviderProps): ReactElement {
  return <Context.Provider value={client}>{children}</Context.Provider>;
}

/** The client of the nearest provider. */
export function useClient(): Client {
  return useContext(Context);
}
