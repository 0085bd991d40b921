/** An address that leads nowhere. */
import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import type { ReactElement } from "react";
import { shell } from "~/lib/strings/shell";
import { EmptyState } from "~/ui/states";

export function NotFound(): ReactElement {
  return (
    <main className="flex h-full items-center justify-center">
      <title>{`${shell.notFound.title} · ${shell.product}`}</title>
      <EmptyState
        icon={Compass}
        title={shell.notFound.title}
        actions={
          <Link to="/" className="text-accent underline">
            {shell.notFound.home}
          </Link>
        }
      >
        {shell.notFound.about}
      </EmptyState>
    </main>
  );
}
