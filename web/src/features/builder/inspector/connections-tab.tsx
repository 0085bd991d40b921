/** Where the step comes from and goes to: everything that can be wired on the canvas, without dragging. */
import { ArrowRight, Flag, Plus, Unlink } from "lucide-react";
import { type ReactElement, useRef, useState } from "react";
import { inspector as words } from "~/lib/strings/inspector.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Field, Select } from "~/ui/field.tsx";
import { connect, disconnect, type DocNode, type EditorView, graphOf, type Link, portsOf, refusal, setStart, startOf, titleOf } from "../model/index.ts";

export function ConnectionsTab({ node, view }: { node: DocNode; view: EditorView }): ReactElement {
  const graph = graphOf(view.document);
  const into = graph.into.get(node.key) ?? [];
  const from = graph.from.get(node.key) ?? [];
  const starts = startOf(view.document, node.parent) === node.spec.id;
  return (
    <div className="flex flex-col gap-5 p-4">
      <section aria-labelledby="inspector-from" className="flex flex-col gap-2">
        <h3 id="inspector-from" tabIndex={-1} className="text-sm font-semibold">
          {words.connections.from}
        </h3>
        {starts ? <p className="flex items-center gap-1.5 text-sm text-muted"><Flag size={14} aria-hidden />{words.connections.start}</p> : null}
        <Ways links={into} node={node} view={view} />
        {!starts && into.length === 0 ? <p className="text-sm text-warning">{words.connections.loose}</p> : null}
        {starts ? null : (
          <Button small icon={Flag} className="self-start" onClick={() => view.dispatch({ type: "edit", edit: setStart(node.key) })}>
            {words.connections.makeStart}
          </Button>
        )}
      </section>
      <section aria-labelledby="inspector-to" className="flex flex-col gap-2">
        <h3 id="inspector-to" tabIndex={-1} className="text-sm font-semibold">
          {words.connections.to}
        </h3>
        {from.length === 0 ? <p className="text-sm text-muted">{words.connections.none}</p> : <Ways links={from} node={node} view={view} />}
        <NewWay key={node.key} node={node} view={view} />
      </section>
    </div>
  );
}

function Ways({ links, node, view }: { links: readonly Link[]; node: DocNode; view: EditorView }): ReactElement {
  const name = (key: string): string => {
    const found = view.document.nodes[key];
    return found === undefined ? key : titleOf(found);
  };
  return (
    <ul className="flex flex-col gap-1">
      {links.map((link) => {
        const other = link.source === node.key ? link.target : link.source;
        return (
          <li key={link.edge.key} className="flex items-center gap-2 rounded border border-line px-2 py-1 text-sm">
            {link.port === "out" ? <ArrowRight size={14} aria-hidden className="text-muted" /> : <span className="rounded bg-sunken px-1.5 text-xs">{link.port}</span>}
            <button type="button" aria-label={words.connections.open(name(other))} className="min-w-0 flex-1 truncate rounded-sm text-left hover:underline" onClick={() => {
                view.dispatch({ type: "select", selection: { nodes: [other] } });
                view.dispatch({ type: "focus", target: { on: "card", node: other } });
              }}>
              {name(other)}
            </button>
            <IconButton
              small
              icon={Unlink}
              label={words.connections.cut(name(link.source), name(link.target))}
              onClick={(event) => {
                handOn(event.currentTarget);
                view.dispatch({ type: "edit", edit: disconnect([link.edge.key]) });
                view.dispatch({ type: "select", selection: { nodes: [node.key] } });
              }}
            />
          </li>
        );
      })}
    </ul>
  );
}

/** The row of a button is about to go: its neighbour gets the focus, else what stands after the list. */
function handOn(button: HTMLElement): void {
  const row = button.closest("li");
  const next = row?.nextElementSibling ?? row?.previousElementSibling ?? null;
  const place = next ?? button.closest("section");
  requestAnimationFrame(() => (place?.querySelector<HTMLElement>("select, button:not(:disabled)") ?? place?.querySelector<HTMLElement>("h3"))?.focus());
}

function NewWay({ node, view }: { node: DocNode; view: EditorView }): ReactElement | null {
  const ports = portsOf(node, view.catalog);
  const [port, setPort] = useState(ports[0] ?? "out");
  const [target, setTarget] = useState("");
  const form = useRef<HTMLDivElement>(null);
  const others = Object.values(view.document.nodes).filter((each) => each.parent === node.parent && each.key !== node.key);
  if (ports.length === 0 || others.length === 0) return null;
  const why = target === "" ? null : refusal(view.document, node.key, port, target);
  const make = (): void => {
    view.dispatch({ type: "edit", edit: connect(node.key, port, target) });
    view.dispatch({ type: "select", selection: { nodes: [node.key] } });
    setTarget("");
    // The button cannot be pressed now, and would drop the focus.
    form.current?.querySelector<HTMLElement>("select:last-of-type")?.focus();
  };
  return (
    <div ref={form} className="flex flex-wrap items-end gap-2">
      {ports.length === 1 ? null : (
        <Field label={words.connections.port} className="w-28">
          {(control) => (
            <Select {...control} value={port} onChange={(event) => setPort(event.target.value)}>
              {ports.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Field label={words.connections.target} className="min-w-32 flex-1" error={why ?? undefined}>
        {(control) => (
          <Select {...control} value={target} onChange={(event) => setTarget(event.target.value)}>
            <option value="">{words.choose}</option>
            {others.map((each) => (
              <option key={each.key} value={each.key}>
                {titleOf(each)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Button icon={Plus} disabled={target === "" || why !== null} onClick={make}>
        {words.connections.add}
      </Button>
    </div>
  );
}
