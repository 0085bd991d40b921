/** Signing in by a one-time link: the token stands behind the `#`, where no server or proxy on the way has seen it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactElement, useEffect, useRef, useState } from "react";
import { useAddress } from "~/lib/address";
import { Problem } from "~/lib/api";
import { greet } from "~/lib/kept-here";
import { meKey, safeNext, signIn, tokenOf } from "~/lib/session";
import { shell } from "~/lib/strings/shell";
import { Button } from "~/ui/button";
import { Field, Input } from "~/ui/field";
import { Spinner } from "~/ui/spinner";
import { Mark } from "./mark.tsx";

export function SignIn(): ReactElement {
  const [{ next }] = useAddress();
  const [link, setLink] = useState("");
  const navigate = useNavigate();
  const queries = useQueryClient();
  const begun = useRef(false);
  const signing = useMutation({
    mutationFn: (token: string) => signIn(token),
    onSuccess: async (me) => {
      await greet(`${me.workspace}/${me.id ?? ""}`);
      queries.clear();
      queries.setQueryData(meKey, me);
      await navigate({ href: safeNext(next), replace: true });
    },
  });
  const { mutate } = signing;
  useEffect(() => {
    const token = location.hash.slice(1);
    if (!token || begun.current) return;
    // The token is taken off the address before it is used, and used once, however often the effect runs.
    begun.current = true;
    history.replaceState(history.state, "", location.pathname + location.search);
    mutate(token);
  }, [mutate]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (link.trim()) mutate(tokenOf(link));
  };
  return (
    <main className="flex h-full flex-col items-center justify-center gap-6 overflow-auto p-4">
      <title>{shell.signIn.title}</title>
      <div className="w-full max-w-sm rounded-lg border border-line bg-surface p-6">
        <Mark size={32} />
        <h1 className="mt-3 text-xl font-semibold">{shell.signIn.title}</h1>
        {signing.isPending || signing.isSuccess ? (
          <p role="status" className="mt-3 flex items-center gap-2 text-muted">
            <Spinner /> {shell.signIn.working}
          </p>
        ) : (
          <>
            <p className="mt-2 text-muted">{next ? shell.signIn.ended : shell.signIn.about}</p>
            <form onSubmit={submit} className="mt-4 flex flex-col gap-3">
              <Field label={shell.signIn.link} help={shell.signIn.linkHelp} error={said(signing.error)}>
                {(control) => <Input {...control} value={link} spellCheck={false} onChange={(event) => setLink(event.target.value)} />}
              </Field>
              <Button type="submit" variant="primary" unavailable={null}>
                {shell.signIn.act}
              </Button>
            </form>
          </>
        )}
      </div>
    </main>
  );
}

function said(error: Error | null): string | undefined {
  if (!error) return undefined;
  return error instanceof Problem && error.fix ? `${error.message} ${error.fix}` : error.message;
}
